package import KubeModel
package import Providers

/// Makes pods and instances for tests: only what a test is about is named.
package enum PodFixture {
    /// A pod of the origin, bound to the virtual node "us-east".
    package static func json(
        uid: UID = "uid-1",
        name: String = "web-0",
        namespace: String = "shop",
        metadata: JSON = [:],
        spec: JSON = [:],
        status: JSON = ["phase": "Pending"]
    ) -> JSON {
        var object: JSON = [
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": [
                "name": .string(name), "namespace": .string(namespace), "uid": .string(uid), "resourceVersion": "7",
            ],
            "spec": [
                "nodeName": "us-east", "restartPolicy": "Always",
                "containers": [["name": "main", "image": "registry.example/web:1"]],
            ],
            "status": status,
        ]
        object["metadata"] = overlay(metadata, on: object["metadata"] ?? [:])
        object["spec"] = overlay(spec, on: object["spec"] ?? [:])
        return object
    }

    /// The same as the code reads it.
    package static func pod(
        uid: UID = "uid-1",
        metadata: JSON = [:],
        spec: JSON = [:],
        status: JSON = ["phase": "Pending"]
    ) throws -> Pod {
        try Pod(json: json(uid: uid, metadata: metadata, spec: spec, status: status))
    }

    /// What runs for such a pod, up to date with it unless said.
    package static func instance(
        for pod: Pod,
        uid: UID = "delegate-1",
        nodeName: String? = nil,
        phase: PodPhase = .running,
        isTerminating: Bool = false,
        grace: Int64? = nil,
        fingerprint: PodFingerprint? = nil,
        ownAnnotations: [String: String] = [:],
        restartBase: [String: Int64] = [:],
        status: JSON = [:]
    ) -> PodInstance {
        var full = status
        full["phase"] = .string(phase.rawValue)
        return PodInstance(
            podUID: pod.uid,
            podKey: pod.key,
            instanceUID: uid,
            instanceKey: pod.key,
            nodeName: nodeName,
            phase: phase,
            isTerminating: isTerminating,
            deletionGracePeriodSeconds: grace,
            fingerprint: fingerprint ?? pod.fingerprint,
            ownAnnotations: ownAnnotations,
            restartBase: restartBase,
            status: full
        )
    }

    /// The status of a container that runs.
    package static func running(_ name: String = "main", restarts: Int64 = 0) -> JSON {
        [
            "name": .string(name), "ready": true, "restartCount": .int(restarts),
            "state": ["running": ["startedAt": "2026-11-21T06:00:00Z"]],
        ]
    }

    /// Metadata of an object that a controller owns.
    package static func owned(by kind: String = "ReplicaSet") -> JSON {
        let owner: JSON = [
            "apiVersion": "apps/v1", "kind": .string(kind), "name": "web", "uid": "owner-1", "controller": true,
        ]
        return ["ownerReferences": [owner]]
    }

    /// The condition by which a cluster says that it ends a pod, for this reason.
    package static func disruption(_ reason: String) -> JSON {
        ["type": "DisruptionTarget", "status": "True", "reason": .string(reason), "message": "words"]
    }

    /// Metadata of an object whose deletion was asked for.
    package static func terminating(grace: Int64) -> JSON {
        ["deletionTimestamp": "2026-11-21T06:00:00Z", "deletionGracePeriodSeconds": .int(grace)]
    }

    private static func overlay(_ changes: JSON, on base: JSON) -> JSON {
        var result = base
        for (key, value) in changes.object ?? [:] { result[key] = value }
        return result
    }
}
