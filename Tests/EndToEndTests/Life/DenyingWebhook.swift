import Foundation
import KubeClient
import KubeModel
import Testbed
import Transport

/// A validating webhook of a cluster that denies the pods of one namespace, as policy engines do.
enum DenyingWebhook {
    /// Denies while the body runs.
    ///
    /// - Parameter words: what the webhook has to say.
    static func run(
        in cluster: FleetCluster,
        namespace: String,
        words: String,
        _ body: () async throws -> Void
    ) async throws {
        try await cluster.makeNamespace(namespace)
        try await cluster.kubectl("label", "namespace", namespace, "\(label)=\(namespace)")
        let identity = try cluster.control.authority.issueServer(commonName: "webhook", names: [address])
        let context = try TLSServerContext(certificatePEM: identity.certificatePEM, keyPEM: identity.keyPEM)
        let loop = try ConnectionLoop.start()
        let server = try HTTPServer(on: loop, host: address, port: 0, context: context)
        let result = await withTaskGroup(of: Void.self) { group in
            group.addTask { await server.run { await deny($0, words) } }
            defer { group.cancelAll() }
            return await Result.of {
                try await cluster.apply(configuration(of: cluster, namespace, port: server.port))
                try await cluster.isInForce(in: namespace)
                try await body()
            }
        }
        await loop.stop()
        try await cluster.kubectl("delete", "validatingwebhookconfiguration", namespace)
        try result.get()
    }

    private static let address = "127.0.0.1"
    private static let label = "example.com/denied"

    private static func configuration(of cluster: FleetCluster, _ namespace: String, port: UInt16) -> JSON {
        [
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
            "metadata": ["name": .string(namespace)],
            "webhooks": [
                [
                    "name": "deny.example.com", "failurePolicy": "Fail", "sideEffects": "None",
                    "admissionReviewVersions": ["v1"],
                    "namespaceSelector": ["matchLabels": [label: .string(namespace)]],
                    "rules": [
                        ["apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]]
                    ],
                    "clientConfig": [
                        "url": .string("https://\(address):\(port)/"),
                        "caBundle": .string(Data(cluster.control.authority.certificatePEM).base64EncodedString()),
                    ],
                ]
            ],
        ]
    }

    private static func deny(_ exchange: HTTPExchange, _ words: String) async {
        guard let body = try? await exchange.body(limit: 1 << 20), let review = try? JSON.parse(body) else { return }
        let answer: JSON = [
            "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "response": [
                "uid": review.at("request", "uid") ?? "", "allowed": false,
                "status": ["code": 403, "message": .string(words)],
            ],
        ]
        exchange.respond(
            status: 200,
            headers: [(name: "Content-Type", value: "application/json")],
            body: answer.serialized()
        )
    }
}

extension FleetCluster {
    /// API servers hear of a webhook a moment after it was made.
    fileprivate func isInForce(in namespace: String) async throws {
        try await eventually("the webhook denies") {
            try await client.raw(
                "POST",
                path: Resource.pods.path(namespace: namespace),
                query: [(name: "dryRun", value: "All")],
                body: Manifest.pod("probe").serialized()
            ).status
        } until: {
            $0 == 403
        }
    }
}

extension Result where Failure == any Error {
    /// What became of a piece of work.
    fileprivate static func of(_ work: () async throws -> Success) async -> Result {
        do {
            return .success(try await work())
        } catch {
            return .failure(error)
        }
    }
}
