import KubeClient
import KubeModel
import Lifecycle
import Observability
import Synchronization

/// Follows the events of a remote and passes on those about delegates.
///
/// The API can't select events by the labels of what they are about, so that those about other pods come too and are
/// dropped at once. Only what happens from now on is followed: what was told before the start is old, and what still
/// goes on is told again. An event that is there before its delegate is known waits for it.
final class RemoteEvents: Sendable {
    private struct State {
        var notify: (@Sendable (InstanceEvent) -> Void)?
        /// Events about pods that are not known, oldest first.
        var waiting: [RemoteEvent] = []
    }

    /// How many events wait for their delegates.
    static let waitingLimit = 64
    private static let watchLength = Duration.seconds(240)
    private static let backoff = Backoff(base: .milliseconds(800), cap: .seconds(60), factor: 2, jitter: 1)
    /// Not allowed is nothing that passes by itself soon.
    private static let forbiddenPause = Duration.seconds(300)

    private let client: APIClient
    private let scope: EventScope
    private let logger: Logger
    private let podUID: @Sendable (_ instanceUID: UID) -> UID?
    private let state = Mutex(State())

    /// - Parameter podUID: the pod that a delegate runs for; nil for pods that are no delegates.
    init(
        client: APIClient,
        scope: EventScope,
        logger: Logger,
        podUID: @escaping @Sendable (_ instanceUID: UID) -> UID?
    ) {
        self.client = client
        self.scope = scope
        self.logger = logger
        self.podUID = podUID
    }

    func onEvent(_ notify: @escaping @Sendable (InstanceEvent) -> Void) {
        state.withLock { $0.notify = notify }
    }

    /// A delegate came to be known: what was said of it before is told now.
    func delegatesChanged() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        waiting.forEach(pass)
    }

    /// Whether there is anything to follow.
    var isOn: Bool { scope != .none }

    /// Follows until cancelled.
    func run() async throws {
        var failures = 0
        while let selector = scope.fieldSelector {
            let start = ContinuousClock.now
            do {
                try await follow(selector)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                failures = ContinuousClock.now - start > Self.backoff.cap ? 1 : failures + 1
                try await Task.sleep(for: pause(after: error, failures: failures))
            }
        }
    }

    private func pause(after error: any Error, failures: Int) -> Duration {
        let error = error as? APIError
        let isForbidden = error?.code == .forbidden
        let level = isForbidden && failures == 1 ? Logger.Level.warning : .debug
        logger.log(level, "Events can't be followed", ["error": error.map { "\($0)" } ?? "silence"])
        let pause = isForbidden ? Self.forbiddenPause : Self.backoff.delay(failures: failures)
        return max(pause, error?.retryAfter ?? .zero)
    }

    /// One watch after the other from now on, until one fails.
    private func follow(_ selector: String) async throws {
        let list = try await client.list(.events, fieldSelector: selector, limit: 1)
        var version = list.at("metadata", "resourceVersion")?.string
        while true {
            let start = version
            version = try await withTimeout(Self.watchLength + .seconds(30)) { [self] in
                try await watch(selector, from: start)
            }
        }
    }

    /// - Returns: the version of the last event.
    private func watch(_ selector: String, from start: String?) async throws -> String? {
        var version = start
        let events = try await client.watch(
            .events,
            fieldSelector: selector,
            resourceVersion: start,
            timeout: Self.watchLength
        )
        for try await event in events {
            version = event.resourceVersion
            guard event.type == .added || event.type == .modified else { continue }
            if let known = RemoteEvent(json: event.object) { pass(known) }
        }
        try Task.checkCancellation()
        return version
    }

    private func pass(_ event: RemoteEvent) {
        guard let podUID = podUID(event.involved) else {
            return state.withLock { state in
                if state.waiting.count >= Self.waitingLimit { state.waiting.removeFirst() }
                state.waiting.append(event)
            }
        }
        state.withLock { $0.notify }?(event.about(podUID))
    }
}
