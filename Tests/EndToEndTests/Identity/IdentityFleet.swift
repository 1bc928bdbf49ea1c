import KubeClient
import KubeModel
import Testbed
import Testing
import Transport

/// Whose identity delegates have: a remote whose pods have that of the origin, on a node with real containers, and one
/// that gives them its own.
@Suite(.fleet(.identity, lasting: .seconds(90)))
struct AccountTests {}

extension FleetPlan {
    fileprivate static let identity = FleetPlan(remotes: [
        Remote(
            name: "us-east",
            region: "us",
            configuration: ["serviceAccounts": "origin"],
            nodes: .real,
            store: .ofOrigin
        ),
        Remote(name: "eu-central", region: "eu", configuration: ["serviceAccounts": "remote"], store: .ofOrigin),
    ])
}

/// How a pod gets its token: by the admission of the origin's release, or as that of Kubernetes 1.21 and later adds it.
enum TokenVolumeForm: Sendable {
    case secret
    case projected

    static let name = "kube-api-access-x7k2p"
    static let path = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// A pod of us-east that runs one container as the ServiceAccount "reader".
    func spec(_ container: JSON, _ changes: JSON = [:]) -> JSON {
        var container = container
        var spec: JSON = Manifest.overlay(Manifest.cluster("us-east"), on: ["serviceAccountName": "reader"])
        if self == .projected {
            let mount: JSON = ["name": .string(Self.name), "mountPath": .string(Self.path), "readOnly": true]
            container["volumeMounts"] = .array((container["volumeMounts"]?.array ?? []) + [mount])
            spec["volumes"] = [Self.volume]
        }
        return Manifest.pod(of: [container], Manifest.overlay(changes, on: spec))
    }

    private static let volume: JSON = [
        "name": .string(name),
        "projected": [
            "sources": [
                ["serviceAccountToken": ["expirationSeconds": 3607, "path": "token"]],
                ["configMap": ["name": "kube-root-ca.crt", "items": [["key": "ca.crt", "path": "ca.crt"]]]],
                ["downwardAPI": ["items": [["path": "namespace", "fieldRef": ["fieldPath": "metadata.namespace"]]]]],
            ]
        ],
    ]
}

extension TestSpace {
    /// A ServiceAccount "reader" of the origin that may list pods.
    func makeReader() async throws {
        try await kubectl("create", "serviceaccount", "reader")
        try await kubectl("create", "role", "reader", "--verb=list", "--resource=pods")
        try await kubectl("create", "rolebinding", "reader", "--role=reader", "--serviceaccount=\(name):reader")
        // Up to Kubernetes 1.23 pods are refused until the account has its token.
        try await origin.takes(["serviceAccountName": "reader"], in: name)
    }

    /// The Secrets of a remote that hold tokens.
    func tokenSecrets(of remote: FleetCluster) async throws -> [JSON] {
        try await remote.list(.secrets, namespace: name, labels: "martlet.dev/holds=tokens")
    }

    /// What the origin says of a token (authentication.k8s.io/v1 TokenReview).
    func review(_ token: String, audience: String? = nil) async throws -> JSON {
        var spec: JSON = ["token": .string(token)]
        spec["audiences"] = audience.map { [.string($0)] }
        let review: JSON = [
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": spec,
        ]
        return try await origin.client.create(.tokenReviews, object: review)["status"] ?? [:]
    }
}
