import KubeClient
import KubeModel

/// What the pods of a workload refer to: two ConfigMaps, a Secret, a pull secret and a ServiceAccount token.
enum WorkloadReferences {
    /// The objects, to be made in the origin.
    static let objects: [(Resource, JSON)] = [
        (.configMaps, object("ConfigMap", "settings", ["data": ["MODE": "benchmark"]])),
        (.configMaps, object("ConfigMap", "files", ["data": ["index.html": "hello"]])),
        (.secrets, object("Secret", "keys", ["stringData": ["key": "opensesame"]])),
        (
            .secrets,
            object(
                "Secret",
                "registry",
                ["type": "kubernetes.io/dockerconfigjson", "stringData": [".dockerconfigjson": #"{"auths":{}}"#]]
            )
        ),
    ]

    /// The pod spec with references in environment, files, a token's projection and the pull secret.
    static func adding(to spec: JSON) -> JSON {
        var result = spec
        var container = spec["containers"]?[0] ?? [:]
        container["envFrom"] = [["configMapRef": ["name": "settings"]]]
        container["env"] = [["name": "KEY", "valueFrom": ["secretKeyRef": ["name": "keys", "key": "key"]]]]
        container["volumeMounts"] = [
            ["name": "files", "mountPath": "/www"], ["name": "token", "mountPath": "/token"],
        ]
        result["containers"] = [container]
        result["imagePullSecrets"] = [["name": "registry"]]
        result["volumes"] = [
            ["name": "files", "configMap": ["name": "files"]],
            ["name": "token", "projected": ["sources": [token, ["configMap": ["name": "settings"]]]]],
        ]
        return result
    }

    private static let token: JSON = [
        "serviceAccountToken": ["path": "token", "audience": "vault", "expirationSeconds": 3600]
    ]

    private static func object(_ kind: String, _ name: String, _ members: JSONObject) -> JSON {
        var object = members
        object["apiVersion"] = "v1"
        object["kind"] = .string(kind)
        object["metadata"] = ["name": .string(name)]
        return .object(object)
    }
}

extension BenchmarkCluster {
    /// Makes what the workload refers to.
    func makeReferences() async throws {
        for (resource, object) in WorkloadReferences.objects {
            _ = try await client.create(resource, namespace: Workload.namespace, object: object)
        }
    }

    /// Waits until martlet has taken its copies away: some seconds after the last pod went.
    func waitUntilCollected() async throws {
        try await Await.until("the end of the copies", limit: .seconds(60)) {
            for resource in [Resource.configMaps, .secrets] {
                let list = try await client.list(
                    resource,
                    namespace: Workload.namespace,
                    labelSelector: "martlet.dev/origin"
                )
                guard list["items"]?.array?.isEmpty ?? true else { return false }
            }
            return true
        }
    }
}
