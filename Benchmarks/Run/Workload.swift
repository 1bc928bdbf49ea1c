import KubeModel

/// The Deployment that every trial runs: standard, but for a service account token that nobody would read.
struct Workload: Sendable {
    static let namespace = "bench"

    let name: String
    let replicas: Int
    /// Whether the pods refer to ``WorkloadReferences``.
    var refersToObjects = false

    var object: JSON {
        let labels: JSON = ["app": .string(name)]
        return [
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": ["name": .string(name), "labels": labels],
            "spec": [
                "replicas": .int(Int64(replicas)),
                "selector": ["matchLabels": labels],
                "template": [
                    "metadata": ["labels": labels],
                    "spec": refersToObjects ? WorkloadReferences.adding(to: podSpec) : podSpec,
                ],
            ],
        ]
    }

    /// One of its pods, without a Deployment.
    func pod(_ name: String) -> JSON {
        [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": .string(name), "namespace": .string(Self.namespace), "labels": ["app": .string(self.name)],
            ],
            "spec": podSpec,
        ]
    }

    private var podSpec: JSON {
        [
            "automountServiceAccountToken": false,
            "containers": [
                [
                    "name": "web",
                    "image": "registry.example/web:1.0",
                    "ports": [["name": "http", "containerPort": 8080]],
                    "env": [["name": "MODE", "value": "benchmark"]],
                    "resources": [
                        "requests": ["cpu": "10m", "memory": "16Mi"],
                        "limits": ["cpu": "100m", "memory": "64Mi"],
                    ],
                    "readinessProbe": ["httpGet": ["path": "/", "port": "http"]],
                ]
            ],
        ]
    }
}
