import KubeModel
import Testing

@testable import Administration

@Suite struct LeaveTests {
    private func pod(owner: String? = "ReplicaSet", _ metadata: JSON = [:], phase: String = "Running") -> JSON {
        var metadata = metadata
        metadata["ownerReferences"] = owner.map { [["kind": .string($0), "controller": true]] }
        return ["metadata": metadata, "status": ["phase": .string(phase)]]
    }

    @Test func `Pods of the node stay, others move, and one without a controller only when asked to`() {
        #expect(DrainStep(pod(), force: false) == .evict)
        #expect(DrainStep(pod(owner: "DaemonSet"), force: true) == .skip)
        #expect(DrainStep(pod(owner: nil), force: false) == .refuse)
        #expect(DrainStep(pod(owner: nil), force: true) == .evict)
        #expect(DrainStep(pod(owner: nil, phase: "Succeeded"), force: false) == .evict)
        #expect(DrainStep(pod(owner: nil, ["deletionTimestamp": "2026-01-01T00:00:00Z"]), force: false) == .wait)
        #expect(DrainStep(pod(["annotations": ["kubernetes.io/config.mirror": "x"]]), force: true) == .skip)
    }

    @Test func `The form of an eviction is the subresource's own`() {
        let entry: JSON = ["name": "pods/eviction", "group": "policy", "version": "v1beta1", "kind": "Eviction"]
        #expect(Evictions.apiVersion([["name": "pods"], entry]) == "policy/v1beta1")
        #expect(Evictions.apiVersion([]) == "policy/v1")
    }

    private func lease(_ renewed: String, holder: String? = "west") -> JSON {
        var spec: JSON = ["renewTime": .string(renewed), "leaseDurationSeconds": 40]
        spec["holderIdentity"] = holder.map(JSON.string)
        return ["spec": spec]
    }

    /// What is said of leases seen one after the other, each with the seconds at which it was seen.
    private func silences(_ seen: [(JSON?, Int)]) -> [Bool] {
        var silence = LeaseSilence()
        return seen.map { silence.isSilent($0, now: .seconds($1)) }
    }

    @Test func `A lease that was given back, or is not there, is silent at once`() {
        #expect(silences([(nil, 0)]) == [true])
        #expect(silences([(lease("a", holder: nil), 0)]) == [true])
        #expect(silences([(lease("a", holder: ""), 0)]) == [true])
    }

    @Test func `One that is held is silent when it has lasted out since it was last seen to change`() {
        let seen = [(lease("a"), 0), (lease("a"), 39), (lease("b"), 41), (lease("b"), 80), (lease("b"), 81)]
        #expect(silences(seen) == [false, false, false, false, true])
    }

    private func node(
        _ name: String = "west",
        ready: String = "True",
        reason: String = "Because",
        providerID: String? = nil
    ) -> JSON {
        let condition: JSON = ["type": "Ready", "status": .string(ready), "reason": .string(reason)]
        return [
            "metadata": ["name": .string(name), "uid": "n"],
            "spec": ["providerID": .string(providerID ?? "martlet://\(name)")],
            "status": ["conditions": [condition]],
        ]
    }

    /// The cluster's node while its pods are held.
    private func held(_ reason: String) -> JSON {
        let ready: JSON = ["type": "Ready", "status": "True", "reason": "ClusterLost"]
        let lost: JSON = ["type": "martlet.dev/ClusterLost", "status": "True", "reason": .string(reason)]
        var held = node()
        held["status"] = ["conditions": [ready, lost]]
        return held
    }

    private func secret(
        _ name: String = "cluster-west",
        label: String = "martlet.dev/cluster",
        departure: String? = nil,
        isJoined: Bool = true
    ) throws -> ClusterSecret {
        let labels = isJoined ? [label: "west", "martlet.dev/made-by": "join"] : [label: "west"]
        var metadata: JSON = ["name": .string(name), "namespace": "clusters", "labels": JSON(labels)]
        metadata["annotations"] = departure.map { ["martlet.dev/departure": .string($0)] }
        return try ClusterSecret(json: ["metadata": metadata])
    }

    private func plan(node: JSON? = nil, _ secrets: [ClusterSecret]) -> LeavePlan {
        LeavePlan(cluster: "west", view: OriginView(originID: "o", node: node, secrets: secrets))
    }

    @Test func `A cluster leaves that one Secret of ours brings`() throws {
        #expect(plan(node: node(), [try secret()]).refusal == nil)
        #expect(plan([]).refusal == nil)
        #expect(!plan([]).isThere)
        #expect(plan(node: node(providerID: "aws:///i"), []).refusal != nil)
        #expect(plan([try secret(), try secret("other")]).refusal?.description.contains("several") == true)
        let ours = try secret("west-kubeconfig", label: "cluster.x-k8s.io/cluster-name")
        #expect(plan([ours]).refusal?.description.contains("Cluster API") == true)
        #expect(plan([try secret(departure: "detached")]).leaveRefusal != nil)
        for departure in ["left", "cleaned"] {
            #expect(plan([try secret(departure: departure)]).leaveRefusal == nil)
        }
    }

    @Test func `A cluster that martlet reaches is not given up, one that is lost or served by nobody may be`() throws {
        #expect(plan(node: node(), [try secret()]).abandonRefusal?.description.contains("west answers") == true)
        #expect(plan(node: node(ready: "False"), [try secret()]).abandonRefusal == nil)
        #expect(plan(node: node(ready: "Unknown"), []).abandonRefusal == nil)
        #expect(plan(node: node(), [try secret(departure: "left")]).abandonRefusal == nil)
        #expect(plan(node: held("ClusterDetached"), [try secret(departure: "detached")]).abandonRefusal == nil)
    }

    @Test(arguments: ["RemoteReturning", "Settling", "Synchronizing"])
    func `A cluster that martlet reaches again is not given up, whether its pods are held or not`(_ reason: String) {
        let returning = node(ready: "False", reason: reason)
        #expect(plan(node: returning, []).abandonRefusal?.description.contains("once more in a minute") == true)
        #expect(plan(node: node(ready: "Unknown", reason: reason), []).abandonRefusal == nil)
        #expect(plan(node: held(reason), []).abandonRefusal?.description.contains("(\(reason))") == true)
    }

    @Test(arguments: ["RemoteUnreachable", "RemoteUnhealthy", "RemoteForbidden", "RemoteUnauthorized"])
    func `One that lets martlet do nothing may be given up`(_ reason: String) {
        #expect(plan(node: node(ready: "False", reason: reason), []).abandonRefusal == nil)
        #expect(plan(node: held(reason), []).abandonRefusal == nil)
    }

    @Test func `A cluster of several nodes leaves with all of them, and stays only where all are Ready`() throws {
        func plan(_ others: [JSON]) throws -> LeavePlan {
            let view = OriginView(originID: "o", node: nil, otherNodes: others, secrets: [try secret()])
            return LeavePlan(cluster: "west", view: view)
        }
        let good = try plan([node("west-a"), node("west-b")])
        #expect(good.isThere && good.refusal == nil && good.leaveRefusal == nil && good.detachRefusal == nil)
        #expect(good.nodeNames == ["west", "west-a", "west-b"])
        let lame = try plan([node("west-a"), node("west-b", ready: "False")])
        #expect(lame.detachRefusal?.description.contains("node west-b is not Ready (Because)") == true)
        let leaving = try ClusterSecret(json: [
            "metadata": [
                "name": "cluster-west", "namespace": "clusters", "labels": ["martlet.dev/cluster": "west"],
                "annotations": ["martlet.dev/departure": "left", "martlet.dev/departing-nodes": "west,west-b,west-a"],
            ]
        ])
        #expect(self.plan([leaving]).nodeNames == ["west", "west-a", "west-b"])
        let foreign = try plan([node("west-a"), node("west-b", providerID: "aws:///i")])
        #expect(foreign.refusal?.description.contains("west-b") == true)
    }

    @Test func `A node of another cluster does not leave by itself`() throws {
        var part = node()
        part["metadata"]?["labels"] = ["martlet.dev/cluster": "eu"]
        #expect(plan(node: part, []).refusal?.description.contains("leaves as a whole: martlet leave eu") == true)
        part["metadata"]?["labels"] = ["martlet.dev/cluster": "west"]
        #expect(plan(node: part, []).refusal == nil)
        var taken = node("west-a")
        taken["metadata"]?["labels"] = ["martlet.dev/cluster": "eu"]
        let view = OriginView(originID: "o", node: nil, otherNodes: [taken], secrets: [])
        let refusal = LeavePlan(cluster: "west", view: view).refusal
        #expect(refusal?.description.contains("west-a, as a node of west was called") == true)
    }

    @Test func `Pods stay only on a node that is Ready`() throws {
        #expect(plan(node: node(), [try secret()]).detachRefusal == nil)
        #expect(plan(node: node(ready: "False"), [try secret()]).detachRefusal?.description.contains("Because") == true)
        #expect(plan([try secret()]).detachRefusal != nil)
        #expect(plan(node: node(), []).detachRefusal != nil)
        for departure in ["left", "cleaned"] {
            #expect(plan(node: node(), [try secret(departure: departure)]).detachRefusal != nil)
        }
        let byHand = plan(node: node(), [try secret(isJoined: false)])
        #expect(byHand.detachRefusal?.description.contains("not made by martlet join") == true)
        #expect(byHand.leaveRefusal == nil)
        #expect(plan(node: node(ready: "False"), [try secret(departure: "detached")]).detachRefusal == nil)
    }
}
