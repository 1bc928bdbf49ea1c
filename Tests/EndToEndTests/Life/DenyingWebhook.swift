import Foundation
import KubeClient
import KubeModel
import Synchronization
import Testbed
import Transport

/// A validating webhook of a cluster that denies the pods of one namespace, as policy engines do, or as a server that
/// has too much to do.
final class DenyingWebhook: Sendable {
    private let words: String
    private let code: Int64
    private let retryAfter: Int64?
    private let counts = Mutex<[String: Int]>([:])

    private init(words: String, code: Int64, retryAfter: Int64?) {
        (self.words, self.code, self.retryAfter) = (words, code, retryAfter)
    }

    /// How often a pod of this name was to be made.
    func tries(of pod: String) -> Int { counts.withLock { $0[pod] ?? 0 } }

    /// Denies while the body runs.
    ///
    /// - Parameters:
    ///   - words: what the webhook has to say.
    ///   - code: the status that the API server answers with.
    ///   - retryAfter: when to come back, in seconds.
    static func run(
        in cluster: FleetCluster,
        namespace: String,
        words: String,
        code: Int64 = 403,
        retryAfter: Int64? = nil,
        _ body: (DenyingWebhook) async throws -> Void
    ) async throws {
        let webhook = DenyingWebhook(words: words, code: code, retryAfter: retryAfter)
        try await cluster.makeNamespace(namespace)
        try await cluster.kubectl("label", "namespace", namespace, "\(label)=\(namespace)")
        let identity = try cluster.control.authority.issueServer(commonName: "webhook", names: [address])
        let context = try TLSServerContext(certificatePEM: identity.certificatePEM, keyPEM: identity.keyPEM)
        let loop = try ConnectionLoop.start()
        let server = try HTTPServer(on: loop, host: address, port: 0, context: context)
        let result = await withTaskGroup(of: Void.self) { group in
            group.addTask { await server.run { await webhook.deny($0) } }
            defer { group.cancelAll() }
            return await Result.of {
                try await cluster.apply(configuration(of: cluster, namespace, port: server.port))
                try await cluster.isInForce(in: namespace, answering: Int(code))
                try await body(webhook)
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

    private func deny(_ exchange: HTTPExchange) async {
        guard let body = try? await exchange.body(limit: 1 << 20), let review = try? JSON.parse(body) else { return }
        let request = review["request"] ?? [:]
        if request["dryRun"] != true { counts.withLock { $0[request["name"]?.string ?? "", default: 0] += 1 } }
        var status: JSON = ["code": .int(code), "message": .string(words)]
        if let retryAfter { status["details"] = ["retryAfterSeconds": .int(retryAfter)] }
        let answer: JSON = [
            "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "response": ["uid": request["uid"] ?? "", "allowed": false, "status": status],
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
    fileprivate func isInForce(in namespace: String, answering code: Int) async throws {
        try await eventually("the webhook denies") {
            try await client.raw(
                "POST",
                path: Resource.pods.path(namespace: namespace),
                query: [(name: "dryRun", value: "All")],
                body: Manifest.pod("probe").serialized()
            ).status
        } until: {
            $0 == code
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
