import Providers
import Synchronization
import Testing

@testable import VirtualNode

@Suite(.timeLimit(.minutes(1))) struct VirtualNodeStateTests {
    @Test func `Whoever waits for the registration gets the node's UID, before or after it came`() async throws {
        let state = VirtualNodeState()
        async let early = state.waitUntilRegistered()
        state.set(registration: .refused("taken"))
        state.set(registration: .registered("uid-1"))
        #expect(try await early == "uid-1")
        #expect(try await state.waitUntilRegistered() == "uid-1")
    }

    @Test func `A wait ends when it is cancelled`() async {
        let state = VirtualNodeState()
        let waiting = Task { try await state.waitUntilRegistered() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    @Test func `A change is told at once, the same again is not`() {
        let state = VirtualNodeState()
        let told = Mutex<[VirtualNodeState.Urgency]>([])
        state.onChange { urgency in told.withLock { $0.append(urgency) } }
        state.set(sync: .synced)
        state.set(sync: .synced)
        #expect(told.withLock { $0 } == [.now])
    }

    @Test func `Reports come from the source of the moment, and its changes are told as one of many`() throws {
        let state = VirtualNodeState()
        let told = Mutex<[VirtualNodeState.Urgency]>([])
        state.onChange { urgency in told.withLock { $0.append(urgency) } }
        #expect(state.report == nil)
        let source = FixedSource(report: try report())
        state.set(source: source)
        source.change()
        #expect(state.report == source.report)
        #expect(told.withLock { $0 } == [.now, .soon])
    }

    @Test func `A cluster is awaited until it is in sync, and never again`() throws {
        let state = VirtualNodeState()
        #expect(state.progress == .awaited(reason: "Starting"))
        state.set(source: FixedSource(report: try report()))
        #expect(state.progress == .awaited(reason: "Synchronizing"))
        state.set(sync: .synced)
        #expect(state.progress == .ready)
        state.set(sync: .starting)
        #expect(state.progress == .unusable(reason: "Synchronizing"))
    }

    @Test func `A cluster of which its node has said something is awaited no longer, and a look says nothing`() throws {
        let state = VirtualNodeState()
        state.set(source: FixedSource(report: try report(health: .unknown(reason: "Else", message: ""))))
        #expect(state.progress == .awaited(reason: "Else"))
        let lost = NodeHealth.notReady(reason: "RemoteUnreachable", message: "refused")
        state.set(source: FixedSource(report: try report(health: lost)))
        #expect(state.progress == .unusable(reason: "RemoteUnreachable"))
        state.set(source: FixedSource(report: try report()))
        #expect(state.progress == .awaited(reason: "Synchronizing"), "nobody has taken note of it")
        state.noteVerdict()
        #expect(state.progress == .unusable(reason: "Synchronizing"))
    }

    @Test func `A node whose work failed, or whose name is taken, is not waited for`() {
        let failed = VirtualNodeState()
        failed.set(sync: .failed(PodSyncState.Failure(reason: "ProviderUnavailable", message: "no such file")))
        #expect(failed.progress == .unusable(reason: "ProviderUnavailable"))
        let refused = VirtualNodeState()
        refused.set(registration: .refused("taken"))
        #expect(refused.progress == .unusable(reason: "NodeRefused"))
    }

    @Test func `The origin's pods count as known but for the first time that somebody asks for them`() {
        let state = VirtualNodeState()
        #expect(state.knowsPods)
        state.set(knowsPods: false)
        #expect(!state.knowsPods)
        state.set(knowsPods: nil)
        #expect(state.knowsPods)
        state.set(knowsPods: true)
        state.set(knowsPods: false)
        #expect(state.knowsPods)
    }
}

/// A source whose report never changes but can say that it did.
private final class FixedSource: NodeSource {
    var isReachable: Bool { true }

    let report: NodeReport
    private let notify = Mutex<(@Sendable () -> Void)?>(nil)

    init(report: NodeReport) {
        self.report = report
    }

    func onNodeChange(_ notify: @escaping @Sendable () -> Void) {
        self.notify.withLock { $0 = notify }
    }

    func change() {
        notify.withLock { $0 }?()
    }
}
