import KubeModel
import PodSync
import Providers
import Synchronization
import Testing

@testable import VirtualNode

/// What a node says of a lost cluster, by the cluster's policy, and of delegates that are held.
@Suite struct OutagePolicyTests {
    private static let lost = NodeHealth.notReady(reason: "RemoteUnreachable", message: "Cluster us-east is away.")

    private func description(
        _ health: NodeHealth,
        _ policy: LossPolicy,
        sync: PodSyncState = .synced,
        held: OrphanBrake.Notice? = nil,
        isDetached: Bool = false,
        on node: JSON? = nil
    ) throws -> NodeDescription {
        var settings = settings()
        settings.onLost = policy
        settings.isDetached = isDetached
        return NodeDescription(
            settings: settings,
            report: try report(health: health),
            sync: isDetached ? .detached : sync,
            kubelet: .listening(port: 10251),
            held: held
        )
        .holdingPods(of: node)
    }

    private func condition(_ type: String, in status: JSON?) -> JSON? {
        status?.at("status", "conditions")?.array?.first { $0["type"]?.string == type }
    }

    @Test func `With evict the node of a lost cluster is not Ready, and has no taint of ours`() throws {
        let node = created(try description(.ready, .evict))
        let change = try #require(patch(try description(Self.lost, .evict, on: node), node))
        #expect(condition("Ready", in: change.status)?["status"] == "False")
        #expect(condition("Ready", in: change.status)?["reason"] == "RemoteUnreachable")
        #expect(change.object == nil)
    }

    @Test func `With hold it stays Ready, says in every other way that it is lost, and takes no new pods`() throws {
        let node = created(try description(.ready, .hold))
        let desired = try description(Self.lost, .hold, on: node)
        let change = try #require(patch(desired, node))
        let ready = try #require(condition("Ready", in: change.status))
        #expect(ready["status"] == "True")
        #expect(ready["reason"] == "ClusterLost")
        #expect(ready["message"]?.string?.hasPrefix("Cluster us-east is away. Its pods stay") == true)
        #expect(condition("martlet.dev/ClusterLost", in: change.status)?["status"] == "True")
        #expect(change.object?.at("spec", "taints")?[0]?["key"] == "martlet.dev/cluster-lost")
        #expect(change.object?.at("spec", "taints")?[0]?["effect"] == "NoSchedule")
        #expect(change.warnings.map(\.type) == ["martlet.dev/ClusterLost"])
        #expect(!desired.isReady, "the metric tells the truth")
    }

    @Test(arguments: [(LossPolicy.hold, false), (.evict, true)])
    func `A held node from which the origin took Ready while martlet was away is held again, and Ready`(
        policy: LossPolicy,
        isDetached: Bool
    ) throws {
        var node = created(try description(.ready, policy))
        let away = try description(Self.lost, policy, isDetached: isDetached, on: node)
        let conditions = away.conditions.map { condition -> JSON in
            var json = condition.json(observed: nil, now: earlier)
            if condition.type == "Ready" { json["status"] = "Unknown" }
            return json
        }
        node["status"]?["conditions"] = .array(conditions)
        let desired = try description(Self.lost, policy, isDetached: isDetached, on: node)
        #expect(desired.conditions.first { $0.type == "Ready" }?.status == "True")
        #expect(desired.conditions.contains { $0.type == "martlet.dev/ClusterLost" })
        #expect(desired.taints.map(\.key) == ["martlet.dev/cluster-lost"])
    }

    /// The node of a cluster that was Ready and then detached.
    private func detached() throws -> JSON {
        var node = created(try description(.ready, .evict))
        let away = try description(.ready, .evict, isDetached: true, on: node)
        node["status"]?["conditions"] = .array(away.conditions.map { $0.json(observed: nil, now: earlier) })
        return node
    }

    @Test func `A detached node stays Ready, says that it is, and takes no new pods, whatever the policy`() throws {
        let desired = try description(.ready, .evict, isDetached: true, on: created(try description(.ready, .evict)))
        #expect(desired.conditions.first { $0.type == "Ready" }?.status == "True")
        #expect(desired.conditions.first { $0.type == "Ready" }?.reason == "ClusterDetached")
        #expect(desired.conditions.contains { $0.type == "martlet.dev/ClusterLost" && $0.reason == "ClusterDetached" })
        #expect(desired.taints.map(\.key) == ["martlet.dev/cluster-lost"])
        #expect(!desired.isReady, "the metric tells the truth")
    }

    @Test(arguments: [
        (NodeHealth.unknown(reason: "RemoteConnecting", message: "no answer yet"), PodSyncState.starting),
        (.ready, .starting), (.ready, .settling),
    ])
    func `One that was detached says so until it is known how its cluster is`(
        health: NodeHealth,
        sync: PodSyncState
    ) throws {
        let node = try detached()
        let returning = try description(health, .evict, sync: sync, on: node)
        #expect(returning.conditions.first { $0.type == "Ready" }?.reason == "ClusterDetached")
        #expect(returning.taints.map(\.key) == ["martlet.dev/cluster-lost"])
        let back = try description(.ready, .evict, on: node)
        #expect(back.conditions.first { $0.type == "Ready" }?.reason == "KubeletReady")
        #expect(back.taints.isEmpty)
        let lost = try description(Self.lost, .evict, on: node)
        #expect(lost.conditions.first { $0.type == "Ready" }?.status == "False")
    }

    @Test(arguments: [NodeHealth.unknown(reason: "RemoteConnecting", message: "no answer yet"), lost])
    func `A node that never was Ready is not held`(health: NodeHealth) throws {
        let node = created(try description(health, .hold))
        #expect(patch(try description(health, .hold, on: node), node)?.isEmpty == true)
        #expect(condition("Ready", in: node)?["status"] == "False")
    }

    @Test(arguments: [PodSyncState.starting, .settling, .failed(.init(reason: "ProviderUnavailable", message: "why"))])
    func `What keeps it from being Ready moves no pod, whatever it is`(sync: PodSyncState) throws {
        let node = created(try description(.ready, .hold))
        let change = patch(try description(.ready, .hold, sync: sync, on: node), node)
        #expect(condition("Ready", in: change?.status)?["status"] == "True")
        #expect(condition("martlet.dev/ClusterLost", in: change?.status)?["status"] == "True")
    }

    @Test func `On the return the condition and the taint go`() throws {
        let before = created(try description(.ready, .hold))
        let node = created(try description(Self.lost, .hold, on: before))
        let change = try #require(patch(try description(.ready, .hold, on: node), node))
        #expect(condition("martlet.dev/ClusterLost", in: change.status)?["$patch"] == "delete")
        #expect(condition("Ready", in: change.status)?["reason"] == "KubeletReady")
        #expect(change.object?.at("spec", "taints") == [])
        #expect(change.warnings.isEmpty)
    }

    @Test func `A degraded cluster is Ready and says what is wrong`() throws {
        let node = created(try description(.ready, .evict))
        let busy = NodeHealth.degraded(reason: "RemoteBusy", message: "It asks for patience.")
        let ready = condition("Ready", in: patch(try description(busy, .evict, on: node), node)?.status)
        #expect(ready?["status"] == "True")
        #expect(ready?["reason"] == "RemoteBusy")
        #expect(ready?["message"] == "It asks for patience.")
    }

    @Test func `Delegates that are held stand on the node with what lets them go, until they are gone`() throws {
        let node = created(try description(.ready, .evict))
        let notice = OrphanBrake.Notice(orphans: 180, delegates: 200, token: "abc123")
        let change = try #require(patch(try description(.ready, .evict, held: notice, on: node), node))
        let told = try #require(condition("martlet.dev/DeletionHeld", in: change.status))
        let message = try #require(told["message"]?.string)
        #expect(message.contains("180 of the 200 delegates"))
        #expect(message.hasSuffix("kubectl annotate --overwrite node us-east martlet.dev/confirm-deletion=abc123"))
        #expect(change.warnings.map(\.reason) == ["MassDeletion"])
        let held = created(try description(.ready, .evict, held: notice, on: node))
        let after = patch(try description(.ready, .evict, on: held), held)
        #expect(condition("martlet.dev/DeletionHeld", in: after?.status)?["$patch"] == "delete")
    }

    @Test func `The first identity that was seen stays until a person writes another one`() throws {
        var found = try report()
        found.clusterID = "first"
        let node = created(NodeDescription(settings: settings(), report: found, sync: .synced))
        #expect(node.at("metadata", "annotations", "martlet.dev/remote-id") == "first")
        found.clusterID = "other"
        let desired = NodeDescription(settings: settings(), report: found, sync: .synced).keepingRemoteID(of: node)
        #expect(patch(desired, node)?.object == nil)
    }

    @Test func `What people write on the node reaches the brake and the source`() throws {
        let brake = OrphanBrake()
        let state = VirtualNodeState(brake: brake)
        let source = ExpectingSource()
        state.note(node: ["metadata": ["annotations": ["martlet.dev/remote-id": "first"]]])
        state.set(source: source)
        #expect(source.expected == ["first"])
        state.note(node: ["metadata": ["annotations": ["martlet.dev/remote-id": "other"]]])
        #expect(source.expected == ["first", "other"])
    }
}

/// A source that keeps what it is told to expect.
private final class ExpectingSource: NodeSource {
    private let told = Mutex<[String?]>([])

    var expected: [String?] { told.withLock { $0 } }
    var report: NodeReport { NodeReport(health: .ready) }
    var isReachable: Bool { true }

    func onNodeChange(_ notify: @escaping @Sendable () -> Void) {}
    func expect(clusterID: String?) { told.withLock { $0.append(clusterID) } }
}
