import Foundation
import KubeModel

/// What a ``StandInServer`` says. Pure.
enum StandInDocuments {
    private static let version = "v1.20.2"

    /// Nil for what there is not.
    ///
    /// - Parameter pods: those that there are.
    static func document(at path: [String], cluster: String, pods: [JSON] = []) -> JSON? {
        switch path {
        case ["version"]: return ["major": "1", "minor": "20", "gitVersion": .string(version)]
        case ["api", "v1"]: return ["kind": "APIResourceList", "groupVersion": "v1", "resources": []]
        case ["api", "v1", "namespaces", "kube-system"]: return namespace("kube-system", uid: "uid-of-\(cluster)")
        case ["api", "v1", "nodes"]: return list("nodes", [node])
        case ["api", "v1", "pods"]: return list("pods", pods)
        default:
            // Any namespace is there.
            if path.starts(with: ["api", "v1", "namespaces"]), path.count == 4 {
                return namespace(path[3], uid: "uid-of-\(cluster)-\(path[3])")
            }
            guard path.starts(with: ["api", "v1"]), path.count == 3, let resource = path.last else { return nil }
            return list(resource, [])
        }
    }

    /// A pod as it is once it was made and runs.
    static func running(_ pod: JSON) -> JSON {
        var pod = pod
        let name = pod.at("metadata", "name")?.string ?? ""
        pod["apiVersion"] = "v1"
        pod["kind"] = "Pod"
        pod["metadata"]?["uid"] = .string("uid-of-\(name)")
        pod["metadata"]?["resourceVersion"] = "1000"
        pod["metadata"]?["creationTimestamp"] = "2026-01-01T00:00:00Z"
        pod["spec"]?["nodeName"] = "node"
        pod["status"] = [
            "phase": "Running", "startTime": "2026-01-01T00:00:00Z",
            "conditions": [["type": "Ready", "status": "True"]],
        ]
        return pod
    }

    private static func namespace(_ name: String, uid: String) -> JSON {
        ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name), "uid": .string(uid)]]
    }

    static func kind(of resource: String) -> String {
        switch resource {
        case "configmaps": "ConfigMap"
        case "persistentvolumeclaims": "PersistentVolumeClaim"
        default: resource.dropLast().capitalized
        }
    }

    static func status(_ code: Int, _ reason: String) -> JSON {
        [
            "apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": .string(reason),
            "code": .int(Int64(code)), "message": .string("\(reason): so says the stand-in"),
        ]
    }

    /// An event of a watch.
    static func line(_ type: String, _ object: JSON) -> [UInt8] {
        Array("\(JSON.object(["type": .string(type), "object": object]).text)\n".utf8)
    }

    /// The event of a pod that has changed, up to its version and from there on.
    static let change: ([UInt8], [UInt8]) = {
        let mark = "VERSION"
        let text = String(decoding: line("MODIFIED", pod(version: mark)), as: UTF8.self)
        let parts = text.components(separatedBy: mark)
        precondition(parts.count == 2)
        return (Array(parts[0].utf8), Array(parts[1].utf8))
    }()

    /// A pod of somebody else's, about as large as a Deployment's pods are.
    private static func pod(version: String) -> JSON {
        let container: JSON = [
            "name": "main", "image": "registry.example/somebody/else:1.0",
            "resources": ["requests": ["cpu": "100m", "memory": "64Mi"]],
            "env": .array((0..<20).map { ["name": .string("VARIABLE_\($0)"), "value": "some value of some length"] }),
        ]
        return [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": "stranger", "namespace": "elsewhere", "uid": "uid-of-stranger",
                "resourceVersion": .string(version),
            ],
            "spec": ["nodeName": "node", "containers": [container]],
            "status": ["phase": "Running"],
        ]
    }

    private static let node: JSON = [
        "apiVersion": "v1", "kind": "Node",
        "metadata": [
            "name": "node", "uid": "uid-of-node", "resourceVersion": "900",
            "labels": ["kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"],
        ],
        "spec": [:],
        "status": [
            "allocatable": ["cpu": "32", "memory": "128Gi", "pods": "110"],
            "capacity": ["cpu": "32", "memory": "128Gi", "pods": "110"],
            "conditions": [["type": "Ready", "status": "True"]],
            "nodeInfo": ["operatingSystem": "linux", "architecture": "amd64", "kubeletVersion": .string(version)],
        ],
    ]

    private static func list(_ resource: String, _ items: [JSON]) -> JSON {
        [
            "apiVersion": "v1", "kind": .string("\(kind(of: resource))List"),
            "metadata": ["resourceVersion": "1000"], "items": .array(items),
        ]
    }
}
