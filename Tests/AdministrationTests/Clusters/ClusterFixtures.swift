import KubeModel

/// A virtual node as it stands in an origin.
func virtualNode(
    _ name: String = "us-east",
    ready: String = "True",
    reason: String = "KubeletReady",
    message: String = "words",
    spec: JSON = [:],
    labels: JSON = [:]
) -> JSON {
    var all: JSON = [
        "martlet.dev/cluster": .string(name), "topology.kubernetes.io/region": "us",
        "topology.kubernetes.io/zone": "us-east-a",
    ]
    for (key, value) in labels.object ?? [:] { all[key] = value }
    return [
        "apiVersion": "v1", "kind": "Node",
        "metadata": [
            "name": .string(name), "labels": all, "creationTimestamp": "2026-11-21T19:00:00Z",
            "annotations": [
                "martlet.dev/round-trip": "27.4ms", "martlet.dev/largest-slot": "cpu=31500m,memory=120Gi,pods=98",
                "martlet.dev/slots": "100m/128Mi=480,500m/512Mi=96",
            ],
        ],
        "spec": spec,
        "status": [
            "conditions": [
                [
                    "type": "Ready", "status": .string(ready), "reason": .string(reason), "message": .string(message),
                ]
            ],
            "allocatable": ["cpu": "96", "memory": "376Gi", "pods": "330"],
            "nodeInfo": ["kubeletVersion": "v1.31.2"],
        ],
    ]
}

/// The lease of a virtual node, renewed at a time.
func nodeLease(_ name: String = "us-east", renewed: String) -> JSON {
    [
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": ["name": .string(name), "namespace": "kube-node-lease"],
        "spec": [
            "holderIdentity": .string(name), "leaseDurationSeconds": 40,
            "renewTime": .string(renewed),
        ],
    ]
}

/// A pod on a node.
func boundPod(_ name: String, on node: String = "us-east", cpu: String = "500m", phase: String = "Running") -> JSON {
    [
        "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name), "namespace": "shop"],
        "spec": [
            "nodeName": .string(node),
            "containers": [["name": "main", "resources": ["requests": ["cpu": .string(cpu), "memory": "1Gi"]]]],
        ],
        "status": ["phase": .string(phase)],
    ]
}
