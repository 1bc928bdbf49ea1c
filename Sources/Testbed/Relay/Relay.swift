import Foundation
import Lifecycle
import Synchronization

/// A way between two sites, made of a TCP relay: bytes that go through it take as long as the conditions say, or get
/// stuck, or find the way cut. The conditions can be changed at any time.
///
/// One thread serves all connections; some hundreds are no effort. It sees bytes, not requests: TLS goes through
/// untouched.
package final class Relay: Sendable {
    /// Where the relay takes connections.
    package let endpoint: Endpoint
    /// Where it hands them on.
    package let target: Endpoint

    private let inbox: RelayInbox
    private let state: Mutex<RelayConditions>
    private let ended = ShutdownSignal()

    private init(endpoint: Endpoint, target: Endpoint, conditions: RelayConditions, inbox: RelayInbox) {
        self.endpoint = endpoint
        self.target = target
        self.inbox = inbox
        state = Mutex(conditions)
    }

    /// Starts to relay.
    ///
    /// - Throws: `TestbedError` `.network` if the endpoint is taken.
    package static func start(
        at endpoint: Endpoint,
        to target: Endpoint,
        conditions: RelayConditions = RelayConditions()
    ) throws(TestbedError) -> Relay {
        let inbox = try RelayInbox()
        let relay = Relay(endpoint: endpoint, target: target, conditions: conditions, inbox: inbox)
        // Listens before this call returns, so that whoever is told of the relay can connect to it.
        let listener = RelayListener.Handover(conditions.flow == .cut ? nil : try RelayListener(at: endpoint))
        let thread = Thread {
            var loop = RelayLoop(listener.take(), at: endpoint, to: target, conditions: conditions, inbox: inbox)
            loop.run()
            relay.ended.trigger()
        }
        thread.stackSize = 512 * 1024
        thread.start()
        return relay
    }

    /// The conditions that hold now.
    package var conditions: RelayConditions {
        state.withLock { $0 }
    }

    /// Changes the conditions; they hold when the call returns.
    ///
    /// - Throws: `TestbedError` if the relay has been stopped, or cannot listen again after a cut.
    package func set(_ conditions: RelayConditions) async throws(TestbedError) {
        let result: Result<Void, TestbedError> = await withCheckedContinuation { continuation in
            inbox.put(RelayInbox.Change(conditions: conditions) { continuation.resume(returning: $0) })
        }
        try result.get()
        state.withLock { $0 = conditions }
    }

    /// Opens, stalls or cuts the way and leaves the rest as it is.
    package func set(_ flow: RelayConditions.Flow) async throws(TestbedError) {
        var conditions = self.conditions
        conditions.flow = flow
        try await set(conditions)
    }

    /// Ends the relay and resets its connections.
    package func stop() async {
        inbox.stop()
        // A task of its own, because it must outlive a cancelled caller; the thread ends at its next turn.
        await Task { await ended.wait() }.value
    }
}
