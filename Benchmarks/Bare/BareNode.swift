import KubeClient
import KubeModel
import Observability

/// The one node of the bare client, and the heartbeat that keeps it schedulable.
struct BareNode: Sendable {
    let name: String
    /// How many pods it says it can take.
    let pods: Int

    private static let leaseNamespace = "kube-node-lease"
    /// As a kubelet renews it.
    private static let renewInterval = Duration.seconds(10)
    private static let leaseDuration: Int64 = 40

    /// Registers the node, then renews its lease until cancelled.
    func keep(in origin: APIClient) async throws {
        try await origin.send("POST", Resource.nodes.path(), body: object)
        try await origin.send("POST", Resource.leases.path(namespace: Self.leaseNamespace), body: lease)
        while true {
            // At once, too: the lease may be there from an earlier life, and late.
            try await origin.send(
                "PATCH",
                Resource.leases.path(namespace: Self.leaseNamespace, name: name),
                body: ["spec": ["renewTime": .string(Self.now)]],
                contentType: "application/merge-patch+json"
            )
            try await Task.sleep(for: Self.renewInterval)
        }
    }

    private static var now: String { Timestamp.formatMicro(WallClock.sinceEpoch() / .seconds(1)) }

    private var object: JSON {
        let resources: JSON = ["cpu": "1000", "memory": "1000Gi", "pods": .string("\(pods)")]
        return [
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": ["name": .string(name), "labels": ["kubernetes.io/hostname": .string(name)]],
            "status": [
                "capacity": resources,
                "allocatable": resources,
                "conditions": [ready],
            ],
        ]
    }

    /// Without a heartbeat time the node controller goes by what it knew of an earlier node of that name.
    private var ready: JSON {
        let now = JSON.string(Timestamp.format(WallClock.sinceEpoch() / .seconds(1)))
        return [
            "type": "Ready", "status": "True", "reason": "Bare", "message": "",
            "lastHeartbeatTime": now, "lastTransitionTime": now,
        ]
    }

    private var lease: JSON {
        [
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": ["name": .string(name), "namespace": .string(Self.leaseNamespace)],
            "spec": [
                "holderIdentity": .string(name),
                "leaseDurationSeconds": .int(Self.leaseDuration),
                "renewTime": .string(Self.now),
            ],
        ]
    }
}
