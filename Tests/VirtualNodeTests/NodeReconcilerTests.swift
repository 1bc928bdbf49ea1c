import KubeClient
import KubeModel
import Observability
import Providers
import Synchronization
import TestSupport
import Testing

@testable import PodSync
@testable import VirtualNode

@Suite struct NodeReconcilerTests {
    private let state = VirtualNodeState()
    private let origin = ScriptedOrigin { call in
        var node = call.body
        node["metadata"]?["uid"] = "uid-9"
        return (200, node)
    }

    private func reconciler(
        _ other: ScriptedOrigin? = nil,
        settings: NodeSettings = settings(),
        now: @escaping @Sendable () -> Duration = { .seconds(1_767_323_045) }
    ) -> NodeReconciler {
        NodeReconciler(
            settings: settings,
            client: (other ?? origin).client(),
            state: state,
            options: NodeOptions(),
            events: EventRecorder(
                client: origin.client(),
                component: "test",
                logger: InMemoryLogSink().logger(),
                metrics: MetricsRegistry()
            ),
            now: now,
            logger: InMemoryLogSink().logger(),
            metrics: MetricsRegistry()
        )
    }

    private func description(_ sync: PodSyncState = .starting) -> NodeDescription {
        NodeDescription(settings: settings(), report: state.report, sync: sync, kubelet: state.kubelet)
    }

    @Test func `A node that is not there is created, whatever is known of the cluster, and then registered`()
        async throws
    {
        let wait = try await reconciler().reconcile(observed: nil)
        #expect(origin.asked.map(\.line) == ["POST /api/v1/nodes"])
        #expect(origin.asked.first?.body.at("status", "conditions")?[0]?["reason"] == "Starting")
        #expect(state.registration == .registered("uid-9"))
        #expect(wait == .seconds(300))
    }

    @Test func `A node that is as it shall be costs no call until its heartbeat`() async throws {
        let wait = try await reconciler { .seconds(1_767_323_045 + 100) }.reconcile(observed: created(description()))
        #expect(origin.asked.isEmpty)
        #expect(wait == .seconds(200))
        #expect(state.registration == .registered("uid-1"))
    }

    @Test func `The status goes first, by strategic merge, then the object, by merge`() async throws {
        var node = created(description())
        node["metadata"]?["labels"]?["team"] = "red"
        state.set(sync: .failed(.init(reason: "Broken", message: "why")))
        _ = try await reconciler().reconcile(observed: node)
        #expect(
            origin.asked.map(\.line) == [
                "PATCH /api/v1/nodes/us-east/status", "PATCH /api/v1/nodes/us-east",
            ]
        )
        #expect(
            origin.asked.map(\.contentType) == [
                "application/strategic-merge-patch+json", "application/merge-patch+json",
            ]
        )
    }

    @Test func `An origin that drops declared features is told of them once, until there are others`() async throws {
        let forgetful = ScriptedOrigin { call in
            var node = call.body
            node["status"]?["declaredFeatures"] = nil
            return (200, node)
        }
        let reconciler = reconciler(forgetful)
        let source = MutableSource(try report())
        state.set(source: source)
        state.set(sync: .synced)
        func tell(_ features: [String]) async throws {
            var found = try report()
            found.declaredFeatures = features
            source.set(found)
            var node = created(description(.synced))
            node["status"]?["declaredFeatures"] = nil
            _ = try await reconciler.reconcile(observed: node)
        }
        for features in [["A"], ["A"], ["A", "B"], ["A", "B"]] { try await tell(features) }
        let told = forgetful.asked.map { $0.body.at("status", "declaredFeatures") }
        #expect(told == [["A"], ["A", "B"]])
    }

    @Test func `New amounts soon after a write wait for the rest of a second`() async throws {
        let reconciler = reconciler()
        let source = MutableSource(try report())
        state.set(source: source)
        state.set(sync: .synced)
        let ready = description(.synced)
        _ = try await reconciler.reconcile(observed: nil)
        source.set(try report(allocatable: ["cpu": "1", "memory": "14Gi", "pods": "100"]))
        let wait = try await reconciler.reconcile(observed: created(ready))
        #expect(wait == .seconds(1))
        #expect(origin.asked.count == 1)
        source.set(try report(health: .notReady(reason: "RemoteUnreachable", message: "refused")))
        _ = try await reconciler.reconcile(observed: created(ready))
        #expect(origin.asked.count == 2, "a lost cluster waits for nothing")
    }

    @Test func `A restart leaves a node Ready until its cluster is known, or for half a minute`() async throws {
        let clock = Mutex(Duration.seconds(1_767_323_045))
        let reconciler = reconciler { clock.withLock { $0 } }
        let source = MutableSource(try report())
        state.set(source: source)
        let node = created(description(.synced))
        #expect(try await reconciler.reconcile(observed: node) == .seconds(30))
        #expect(origin.asked.isEmpty)
        source.set(try report(health: .notReady(reason: "RemoteUnreachable", message: "refused")))
        _ = try await reconciler.reconcile(observed: node)
        #expect(origin.asked.count == 1, "what is known to be wrong is told at once")
        source.set(try report())
        clock.withLock { $0 += .seconds(30) }
        _ = try await reconciler.reconcile(observed: node)
        #expect(origin.asked.last?.body.at("status", "conditions")?[0]?["reason"] == "Synchronizing")
    }

    @Test func `After an outage of the origin only a node that it gave up waits for its pods to be Ready`()
        async throws
    {
        let clock = Mutex(Duration.seconds(1_767_323_045))
        let reconciler = reconciler { clock.withLock { $0 } }
        state.set(source: MutableSource(try report()))
        state.set(sync: .originUnseen)
        clock.withLock { $0 += .seconds(60) }
        var node = created(description(.synced))
        #expect(try await reconciler.reconcile(observed: node) > .zero)
        #expect(origin.asked.isEmpty, "it stands as Ready")
        node["status"]?["conditions"] = [["type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"]]
        for (sync, status) in [(PodSyncState.originUnseen, "False"), (.synced, "True")] {
            state.set(sync: sync)
            _ = try await reconciler.reconcile(observed: node)
            let ready = origin.asked.last?.body.at("status", "conditions")?[0]
            #expect(ready?["type"] == "Ready")
            #expect(ready?["status"]?.string == status)
        }
    }

    @Test func `A restart while the cluster is lost does not take back that its pods are held`() async throws {
        var settings = settings()
        settings.onLost = .hold
        let ready = created(NodeDescription(settings: settings, report: try report(), sync: .synced))
        let lost = try report(health: .notReady(reason: "RemoteUnreachable", message: "refused"))
        let held = NodeDescription(settings: settings, report: lost, sync: .synced).holdingPods(of: ready)
        _ = try await reconciler(settings: settings).reconcile(observed: created(held))
        #expect(origin.asked.map(\.line) == ["PATCH /api/v1/nodes/us-east/status"], "the taint stays")
        let conditions = origin.asked.first?.body.at("status", "conditions")?.array ?? []
        #expect(conditions.map { $0["reason"] } == ["ClusterLost", "Starting"])
    }

    @Test func `A patch of taints names the version that the status write made`() async throws {
        var node = created(description())
        node["spec"]?["taints"] = [["key": "old", "effect": "NoSchedule"]]
        node["metadata"]?["annotations"]?[NodeKeys.managedTaints] = "old:NoSchedule"
        state.set(sync: .failed(.init(reason: "Broken", message: "why")))
        let written = node
        let origin = ScriptedOrigin { _ in
            var answer = written
            answer["metadata"]?["resourceVersion"] = "42"
            return (200, answer)
        }
        _ = try await reconciler(origin).reconcile(observed: node)
        #expect(origin.asked.last?.body.at("metadata", "resourceVersion") == "42")
    }

    @Test func `A node says that its cluster finds no node for pods, as long as that lasts`() async throws {
        let node = created(description())
        state.shortage.set { ContinuousClock.now.advanced(by: .seconds(30)) }
        let wait = try await reconciler().reconcile(observed: node)
        #expect(wait <= .seconds(30))
        let taint: JSON = ["key": "martlet.dev/unplaced", "effect": "PreferNoSchedule"]
        #expect(origin.asked.last?.body.at("spec", "taints") == [taint])
        #expect(!state.shortage.isShown)
        var tainted = node
        tainted["spec"]?["taints"] = [taint]
        tainted["metadata"]?["annotations"]?[NodeKeys.managedTaints] = "martlet.dev/unplaced:PreferNoSchedule"
        _ = try await reconciler().reconcile(observed: tainted)
        #expect(origin.asked.count == 1, "it is there")
        #expect(state.shortage.isShown)
        state.shortage.set { nil }
        _ = try await reconciler().reconcile(observed: tainted)
        #expect(origin.asked.last?.body.at("spec", "taints") == [])
    }

    @Test func `A node that changed meanwhile is read and judged anew, and not called Ready by an old look`()
        async throws
    {
        state.set(source: MutableSource(try report()))
        state.set(sync: .synced)
        let old = created(NodeDescription(settings: settings(), report: try report(), sync: .starting))
        var changed = old
        changed["metadata"]?["resourceVersion"] = "42"
        let (current, state) = (changed, state)
        let origin = ScriptedOrigin { call in
            if call.method == "GET" {
                // What the origin gave up meanwhile has to end before the node is Ready.
                state.set(sync: .originUnseen)
                return (200, ["items": [current]])
            }
            guard call.body.at("metadata", "resourceVersion") != "41" else {
                return ScriptedOrigin.failure(409, "Conflict")
            }
            return (200, current)
        }
        _ = try await reconciler(origin).reconcile(observed: old)
        let patches = origin.asked.filter { $0.method == "PATCH" }
        #expect(patches.first?.body.at("status", "conditions")?[0]?["status"] == "True")
        let said = patches.dropFirst().compactMap { $0.body.at("status", "conditions")?[0]?["status"] }
        #expect(!said.contains("True"), "\(patches.map(\.body))")
        #expect(origin.asked.contains { $0.line.hasPrefix("GET /api/v1/nodes?fieldSelector=") })
    }

    @Test func `What the node says of its cluster is known from then on`() async throws {
        let source = MutableSource(try report(health: .unknown(reason: "RemoteConnecting", message: "")))
        state.set(source: source)
        let reconciler = reconciler()
        _ = try await reconciler.reconcile(observed: nil)
        #expect(!state.hasVerdict)
        source.set(try report(health: .notReady(reason: "RemoteUnreachable", message: "refused")))
        _ = try await reconciler.reconcile(observed: nil)
        #expect(state.hasVerdict)
        source.set(try report())
        #expect(state.progress == .unusable(reason: "Synchronizing"))
    }

    @Test func `A node that somebody made in between is looked at again, without fuss`() async throws {
        let origin = ScriptedOrigin { _ in ScriptedOrigin.failure(409, "AlreadyExists") }
        #expect(try await reconciler(origin).reconcile(observed: nil) == .seconds(1))
        #expect(state.registration == .pending)
    }

    @Test func `A node of somebody else is not touched`() async throws {
        _ = try await reconciler().reconcile(observed: ["metadata": ["name": "us-east", "uid": "uid-7"]])
        #expect(origin.asked.isEmpty)
        guard case .refused = state.registration else {
            Issue.record("the registration is \(state.registration)")
            return
        }
    }
}

/// A source whose report the test sets.
private final class MutableSource: NodeSource {
    var isReachable: Bool { true }

    private let current: Mutex<NodeReport>

    init(_ report: NodeReport) {
        current = Mutex(report)
    }

    var report: NodeReport { current.withLock { $0 } }

    func set(_ report: NodeReport) { current.withLock { $0 = report } }

    func onNodeChange(_ notify: @escaping @Sendable () -> Void) {}
}
