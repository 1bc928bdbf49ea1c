import KubeModel

/// Standard objects of the origin; only what a test is about is named.
enum Manifest {
    /// A pod template's spec with one container.
    static func podSpec(_ changes: JSON = [:], image: String = "registry.example/web:1") -> JSON {
        overlay(changes, on: ["containers": [["name": "main", "image": .string(image)]]])
    }

    /// A Deployment of apps/v1.
    static func deployment(
        _ name: String = "web",
        replicas: Int64,
        annotations: JSON = [:],
        pod: JSON = podSpec(),
        _ changes: JSON = [:]
    ) -> JSON {
        workload("apps/v1", "Deployment", name, replicas: replicas, annotations, pod, changes)
    }

    /// A ReplicaSet of apps/v1.
    static func replicaSet(_ name: String, replicas: Int64, pod: JSON = podSpec()) -> JSON {
        workload("apps/v1", "ReplicaSet", name, replicas: replicas, [:], pod, [:])
    }

    /// A StatefulSet of apps/v1 without volumes.
    static func statefulSet(_ name: String, replicas: Int64, pod: JSON = podSpec()) -> JSON {
        workload("apps/v1", "StatefulSet", name, replicas: replicas, [:], pod, ["serviceName": .string(name)])
    }

    /// A DaemonSet of apps/v1.
    static func daemonSet(_ name: String, pod: JSON = podSpec()) -> JSON {
        workload("apps/v1", "DaemonSet", name, replicas: nil, [:], pod, [:])
    }

    /// A Job of batch/v1 whose pods run for some seconds and end with an exit code.
    static func job(
        _ name: String,
        seconds: Double,
        exitCode: Int = 0,
        spec: JSON = [:],
        pod: JSON = podSpec()
    ) -> JSON {
        let job = jobSpec(name, seconds: seconds, exitCode: exitCode, spec: spec, pod: pod)
        return ["apiVersion": "batch/v1", "kind": "Job", "metadata": ["name": .string(name)], "spec": job]
    }

    /// The spec of such a Job.
    static func jobSpec(
        _ name: String,
        seconds: Double,
        exitCode: Int = 0,
        spec: JSON = [:],
        pod: JSON = podSpec()
    ) -> JSON {
        let template: JSON = [
            "metadata": ["labels": ["app": .string(name)], "annotations": run(seconds: seconds, exitCode: exitCode)],
            "spec": overlay(["restartPolicy": "Never"], on: pod),
        ]
        return overlay(spec, on: ["template": template])
    }

    /// A bare pod.
    static func pod(_ name: String, annotations: JSON = [:], _ spec: JSON = podSpec()) -> JSON {
        [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": ["name": .string(name), "labels": ["app": .string(name)], "annotations": annotations],
            "spec": spec,
        ]
    }

    /// A RuntimeClass whose pods take so much of a processor on top of what their containers ask for.
    static func runtimeClass(_ name: String, overhead cpu: String) -> JSON {
        [
            "apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": ["name": .string(name)],
            "handler": "runc", "overhead": ["podFixed": ["cpu": .string(cpu)]],
        ]
    }

    /// For how long pods stay on a node that is not ready, instead of the usual five minutes.
    static func patience(seconds: Int64) -> JSON {
        let tolerations = ["not-ready", "unreachable"].map { condition -> JSON in
            [
                "key": .string("node.kubernetes.io/\(condition)"), "operator": "Exists", "effect": "NoExecute",
                "tolerationSeconds": .int(seconds),
            ]
        }
        return ["tolerations": .array(tolerations)]
    }

    /// What makes a simulated node end the containers of a pod after some seconds.
    static func run(seconds: Double, exitCode: Int = 0) -> JSON {
        [
            "simulated.martlet.dev/run-seconds": .string("\(seconds)"),
            "simulated.martlet.dev/exit-code": .string("\(exitCode)"),
        ]
    }

    /// A pod spec's members that bind to the clusters of a region.
    static func region(_ region: String) -> JSON {
        ["nodeSelector": ["topology.kubernetes.io/region": .string(region)]]
    }

    /// A pod spec's members that bind to one cluster.
    static func cluster(_ name: String) -> JSON {
        ["nodeSelector": ["kubernetes.io/hostname": .string(name)]]
    }

    /// A required node affinity.
    static func affinity(_ expressions: [JSON]) -> JSON {
        let terms: JSON = ["nodeSelectorTerms": [["matchExpressions": .array(expressions)]]]
        return ["affinity": ["nodeAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": terms]]]
    }

    static func expression(_ key: String, _ operation: String, _ values: [String]) -> JSON {
        ["key": .string(key), "operator": .string(operation), "values": .array(values.map { .string($0) })]
    }

    private static func workload(
        _ apiVersion: String,
        _ kind: String,
        _ name: String,
        replicas: Int64?,
        _ annotations: JSON,
        _ pod: JSON,
        _ changes: JSON
    ) -> JSON {
        var spec: JSON = [
            "selector": ["matchLabels": ["app": .string(name)]],
            "template": ["metadata": ["labels": ["app": .string(name)], "annotations": annotations], "spec": pod],
        ]
        spec["replicas"] = replicas.map { .int($0) }
        return [
            "apiVersion": .string(apiVersion), "kind": .string(kind),
            "metadata": ["name": .string(name)],
            "spec": overlay(changes, on: spec),
        ]
    }

    /// The members of one object over those of another.
    static func overlay(_ changes: JSON, on base: JSON) -> JSON {
        var result = base
        for (key, value) in changes.object ?? [:] { result[key] = value }
        return result
    }
}
