import KubeModel
import Testing

@testable import Administration

@Suite struct PodVerdictTests {
    private static let now = Duration.seconds(Timestamp.parse("2026-11-21T19:50:00Z") ?? 0)

    /// A pod of the namespace "shop", with these conditions by type: status, reason, message.
    private func pod(
        _ conditions: [String: (String, String, String)] = [:],
        phase: String = "Pending",
        node: String? = "us-east",
        metadata: JSON = [:],
        status: JSON = [:],
        spec: JSON = [:]
    ) -> JSON {
        var pod = boundPod("web", cpu: "2", phase: phase)
        pod["metadata"]?["uid"] = "uid-1"
        for (key, value) in metadata.object ?? [:] { pod["metadata"]?[key] = value }
        for (key, value) in spec.object ?? [:] { pod["spec"]?[key] = value }
        pod["spec"]?["nodeName"] = node.map { .string($0) }
        for (key, value) in status.object ?? [:] { pod["status"]?[key] = value }
        let list = conditions.sorted { $0.key < $1.key }.map { type, words -> JSON in
            [
                "type": .string(type), "status": .string(words.0), "reason": .string(words.1),
                "message": .string(words.2),
            ]
        }
        pod["status"]?["conditions"] = .array(list)
        return pod
    }

    private func row(_ node: JSON = virtualNode()) throws -> ClusterRow {
        ClusterRow(node: try Node(json: node), lease: nil, load: nil, now: Self.now)
    }

    private func verdict(
        _ pod: JSON,
        on place: PodPlace? = nil,
        keeper: JSON? = nil,
        events: [JSON] = []
    ) throws -> PodVerdict {
        var facts = PodFacts(pod: pod)
        facts.place = try place ?? .virtual(row())
        facts.keeper = keeper
        facts.events = events
        return PodVerdict(facts)
    }

    // MARK: - Without a node

    @Test func `A pod that asks for more than any single place has is told so`() throws {
        let words = "0/3 nodes are available: 3 Insufficient cpu."
        let pod = pod(["PodScheduled": ("False", "Unschedulable", words)], node: nil)
        var large = pod
        large["spec"]?["containers"] = [["name": "main", "resources": ["requests": ["cpu": "40"]]]]
        let told = try verdict(large, on: .unscheduled([row()]))
        #expect(told.kind == .unscheduled)
        #expect(told.summary.contains(words))
        #expect(told.advice == "It asks for cpu 40; the largest single places are cpu 31.5, memory 120Gi in us-east.")
        #expect(try verdict(pod, on: .unscheduled([row()])).advice.contains("for which there is room"))
        let lost = try row(virtualNode(ready: "False", reason: "RemoteUnreachable"))
        #expect(try verdict(pod, on: .unscheduled([lost])).advice == "No cluster takes pods now: us-east lost.")
        #expect(try verdict(pod, on: .unscheduled([])).advice.contains("no virtual node"))
        #expect(try verdict(pod, on: .unscheduled(nil)).advice.contains("martlet clusters"))
    }

    @Test func `A pod that no scheduler has looked at, or that waits for its gates, is told so`() throws {
        #expect(try verdict(pod(node: nil), on: .unscheduled([])).summary.contains("default-scheduler yet"))
        let gated = pod(
            ["PodScheduled": ("False", "SchedulingGated", "gated")],
            node: nil,
            spec: ["schedulingGates": [["name": "example.com/quota"]]]
        )
        #expect(
            try verdict(gated, on: .unscheduled([])).summary == "waits for its scheduling gates: example.com/quota."
        )
    }

    // MARK: - On a node that is no help

    @Test func `A pod elsewhere is not martlet's to explain`() throws {
        #expect(try verdict(pod(), on: .foreign).summary == "is on node us-east, which is none of martlet's.")
        #expect(try verdict(pod(), on: .missing).summary == "is bound to node us-east, which does not exist.")
    }

    @Test(arguments: [
        ("False", "RemoteUnreachable", "which is lost"), ("False", "RemoteForbidden", "which can't be used"),
        ("False", "Settling", "which is not ready yet"), ("Unknown", "NodeStatusUnknown", "of which nothing is known"),
    ])
    func `A cluster that is out of reach is the reason, with its words`(
        status: String,
        reason: String,
        words: String
    ) throws {
        let place = PodPlace.virtual(try row(virtualNode(ready: status, reason: reason, message: "no route")))
        let delegated = pod([
            "martlet.dev/Delegated": ("False", "MandatorySecretNotFound", "Secret \"shop/a\" not found")
        ])
        let told = try verdict(delegated, on: place)
        #expect(told.kind == .outOfReach)
        #expect(told.summary == "is in cluster us-east, \(words): \(reason): no route.")
    }

    // MARK: - Without a delegate

    /// With martlet's word or without: the condition on the pod says the same.
    @Test(arguments: [
        ("MandatorySecretNotFound", PodVerdict.Kind.waiting, "Create it"), ("ClaimNotFound", .waiting, "Create it"),
        ("DelegateForbidden", .refused, "a quota, a policy or a webhook"),
        ("DelegateInvalid", .refused, "Change the pod"),
        ("DelegateNameTaken", .waiting, "Rename"), ("DaemonSetIgnored", .waiting, "taint"),
        ("RemoteBusy", .waiting, "Wait"), ("OwnerBackOff", .waiting, "siblings"),
        ("SecretForbidden", .waiting, "martlet check"),
        ("NewReason", .waiting, "tried again"),
    ])
    func `Why there is no delegate is told in its words, with what to do`(
        reason: String,
        kind: PodVerdict.Kind,
        advice: String
    ) throws {
        let conditions = ["martlet.dev/Delegated": ("False", reason, "because of x")]
        let alone = try verdict(pod(conditions))
        let failures: JSON = ["reason": .string(reason), "message": "because of y.", "count": 3]
        let told = try verdict(pod(conditions), keeper: ["failures": failures])
        #expect(alone.kind == kind)
        #expect(told.kind == kind)
        #expect(alone.summary == "waits: because of x.")
        #expect(told.summary == "waits: because of y.")
        #expect(alone.advice.contains(advice))
        #expect(told.advice == alone.advice)
    }

    @Test func `A pod that has just come is no trouble`() throws {
        #expect(try verdict(pod(), keeper: ["step": "create"]).summary == "is about to get its delegate.")
    }

    @Test func `A pod that was refused for good says by what`() throws {
        let conditions = ["martlet.dev/Delegated": ("False", "HostPathForbidden", "no")]
        let status: JSON = ["reason": "HostPathForbidden", "message": "Pod was rejected: it mounts files of its host"]
        let told = try verdict(pod(conditions, phase: "Failed", status: status))
        #expect(told.kind == .refused)
        #expect(told.summary == "has failed: HostPathForbidden: Pod was rejected: it mounts files of its host.")
        #expect(told.advice.contains("clusters[].pods.policies"))
        #expect(told.advice.contains("until it is deleted"))
    }

    // MARK: - With a delegate

    @Test func `A delegate that its cluster can't place is told with the largest place there`() throws {
        let words = "0/3 nodes are available: 3 Insufficient cpu."
        let told = try verdict(pod(["martlet.dev/DelegateScheduled": ("False", "Unschedulable", words)]))
        #expect(told.kind == .unscheduled)
        #expect(told.summary == "waits in cluster us-east, where no node can take it: \(words)")
        #expect(told.advice.hasPrefix("It asks for cpu 2, memory 1Gi; the largest single place there has cpu 31.5"))
    }

    @Test func `A pod that does not wait for a node for ever is told when it fails`() throws {
        let waiting = ["martlet.dev/DelegateScheduled": ("False", "Unschedulable", "0/3 nodes are available.")]
        let owner: JSON = ["kind": "ReplicaSet", "name": "web", "uid": "rs", "controller": true]
        let pod = pod(waiting, metadata: ["ownerReferences": [owner]])
        let keeper: JSON = ["delegate": ["phase": "Pending"], "failsAt": "2026-11-21T19:51:00Z"]
        let words = " Without a node it is Failed at 2026-11-21T19:51:00Z, and ReplicaSet web makes another."
        #expect(try verdict(pod, keeper: keeper).advice.hasSuffix(words))
        #expect(try !verdict(pod, keeper: ["delegate": ["phase": "Pending"]]).advice.contains("Failed"))
    }

    @Test(
        arguments: ["OutOfcpu", "OutOfnvidia.com/gpu", "NodePorts", "NodeAffinity", "TaintToleration", "Unschedulable"]
    )
    func `A pod that failed because no node could take it is told so`(reason: String) throws {
        let conditions = ["martlet.dev/Delegated": ("False", reason, "no")]
        let told = try verdict(pod(conditions, phase: "Failed", status: ["reason": .string(reason)]))
        #expect(told.kind == .refused)
        #expect(told.advice.hasPrefix("No node of its cluster "))
    }

    @Test func `A container that can't start is named`() throws {
        let waiting: JSON = [
            "name": "main", "state": ["waiting": ["reason": "ImagePullBackOff", "message": "no such image"]],
        ]
        let told = try verdict(
            pod(status: ["containerStatuses": [waiting]]),
            keeper: ["delegate": ["phase": "Pending"]]
        )
        #expect(told.kind == .waiting)
        #expect(told.summary == "is held up by container main: ImagePullBackOff: no such image.")
    }

    @Test func `A pod that runs hangs nowhere`() throws {
        let ready = ["Ready": ("True", "", "")]
        #expect(try verdict(pod(ready, phase: "Running")) == PodVerdict(.running, "runs and is ready.", "Nothing."))
        let refused = ready.merging(["martlet.dev/Updated": ("False", "DelegateForbidden", "no resize")]) { $1 }
        #expect(try verdict(pod(refused, phase: "Running")).summary.contains("no resize"))
        let unready = ["Ready": ("False", "ContainersNotReady", "containers with unready status: [main]")]
        #expect(try verdict(pod(unready, phase: "Running")).summary.contains("is not ready: containers with unready"))
    }

    @Test func `A pod that starts is held up by what the cluster warns of, if it does`() throws {
        let starting = pod(status: [
            "containerStatuses": [["name": "main", "state": ["waiting": ["reason": "ContainerCreating"]]]]
        ])
        let delegate: JSON = ["delegate": ["phase": "Pending"]]
        #expect(try verdict(starting, keeper: delegate).kind == .starting)
        let warning: JSON = ["type": "Warning", "reason": "FailedMount", "message": "no such volume"]
        let told = try verdict(starting, keeper: ["delegate": ["phase": "Pending"], "events": [warning]])
        #expect(told.kind == .waiting)
        #expect(told.summary.contains("FailedMount: no such volume"))
    }

    // MARK: - At its end

    @Test func `A pod that is to go says what it waits for`() throws {
        let going: JSON = ["deletionTimestamp": "2026-11-21T19:49:00Z", "finalizers": ["example.com/hold"]]
        let ending: JSON = ["delegate": ["terminating": true, "deletionGracePeriodSeconds": 30]]
        #expect(
            try verdict(pod(metadata: going), keeper: ending).summary
                == "is to go; what runs for it is ending (grace 30 s)."
        )
        #expect(try verdict(pod(metadata: going), keeper: ["step": "release"]).summary.contains("example.com/hold"))
        let lost = ["martlet.dev/Reachable": ("False", "DelegateNodeLost", "Node w-1 does not answer")]
        #expect(try verdict(pod(lost, metadata: going)).summary == "is to go, and waits: Node w-1 does not answer")
        let cluster = PodPlace.virtual(try row(virtualNode(ready: "False", reason: "RemoteUnreachable")))
        #expect(try verdict(pod(metadata: going), on: cluster).advice.contains("--force"))
    }
}
