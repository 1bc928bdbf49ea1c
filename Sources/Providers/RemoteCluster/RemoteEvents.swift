import KubeClient
import KubeModel
import Lifecycle
import Observability
import Synchronization

/// Follows the events of a remote and passes on those about delegates.
///
/// The API can't select events by the labels of what they are about, so that those about other pods come too and are
/// dropped at once. A watch that broke off goes on where it was. Where it can't, and at the start, all events are read
/// and those are told that happened since it was last heard: again, perhaps, which the reader has to know (an event has a
/// UID). An event that is there before its delegate is known waits for it.
final class RemoteEvents: Sendable {
    /// Something that was said of a delegate, and the virtual node of its pod.
    struct News: Sendable {
        let nodeName: String
        let event: InstanceEvent
    }

    private struct State {
        /// Events about pods that are not known, oldest first.
        var waiting: [RemoteEvent] = []
        /// What was told last, for a virtual node that begins to listen later, and when since 1970.
        var told: [(news: News, at: Duration)] = []
        /// How far the watch has come; nil where it can't go on from there.
        var version: String?
        /// When it was known last that nothing was missed, since 1970.
        var heardAt: Duration
    }

    /// How many events wait for their delegates.
    static let waitingLimit = 64
    /// How many are kept for those who listen later.
    static let toldLimit = 64
    /// The most events that are told after a gap, the latest.
    static let missedLimit = 256
    /// What happened before the start is told if it is no older.
    static let memory = Duration.seconds(600)
    /// How far a remote's clock may be behind ours.
    private static let skew = Duration.seconds(60)
    private static let pageSize = 500
    private static let watchLength = Duration.seconds(240)
    private static let backoff = Backoff(base: .milliseconds(800), cap: .seconds(60), factor: 2, jitter: 1)
    /// Not allowed is nothing that passes by itself soon.
    private static let forbiddenPause = Duration.seconds(300)

    private let client: APIClient
    private let scope: EventScope
    private let logger: Logger
    private let delegate: @Sendable (_ instanceUID: UID) -> Delegate?
    private let audience = Audience<News>()
    private let now: @Sendable () -> Duration
    private let state: Mutex<State>

    /// - Parameters:
    ///   - now: time since 1970.
    ///   - delegate: the delegate with this UID; nil for pods that are none.
    init(
        client: APIClient,
        scope: EventScope,
        logger: Logger,
        now: @escaping @Sendable () -> Duration,
        delegate: @escaping @Sendable (_ instanceUID: UID) -> Delegate?
    ) {
        self.client = client
        self.scope = scope
        self.logger = logger
        self.now = now
        self.delegate = delegate
        state = Mutex(State(heardAt: now() - Self.memory))
    }

    /// Adds somebody who is told of each event from now on, and at once of those that others were told a moment ago: his
    /// virtual node may have been away.
    func onEvent(_ listener: Listener<News>) {
        audience.add(listener)
        let since = now() - Self.memory
        let told = state.withLock { $0.told }
        for (news, time) in told where time >= since { listener.notify(news) }
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

    /// Follows until cancelled. To be called when delegates are known.
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
        if error?.isExpired == true { state.withLock { $0.version = nil } }
        let pause = isForbidden ? Self.forbiddenPause : Self.backoff.delay(failures: failures)
        return max(pause, error?.retryAfter ?? .zero)
    }

    /// One watch after the other, until one fails.
    private func follow(_ selector: String) async throws {
        if try await !canGoOn() { try await tellMissed(selector) }
        while true {
            try await withTimeout(Self.watchLength + .seconds(30)) { [self] in try await watch(selector) }
        }
    }

    /// Has the server say that it has come as far as the watch had: one that was restored would let us watch from there,
    /// and tell nothing.
    private func canGoOn() async throws -> Bool {
        guard let version = state.withLock({ $0.version }) else { return false }
        do {
            _ = try await client.list(
                .events,
                resourceVersion: version,
                resourceVersionMatch: "NotOlderThan",
                limit: 1
            )
            return true
        } catch let error as APIError where error.isExpired || error.isResourceVersionTooLarge {
            return false
        }
    }

    private func watch(_ selector: String) async throws {
        let events = try await client.watch(
            .events,
            fieldSelector: selector,
            resourceVersion: state.withLock { $0.version },
            timeout: Self.watchLength
        )
        for try await event in events {
            note(event.resourceVersion)
            guard event.type == .added || event.type == .modified else { continue }
            if let known = RemoteEvent(json: event.object) { pass(known) }
        }
        try Task.checkCancellation()
        note("")
    }

    /// The watch has come so far, and was there until now.
    private func note(_ version: String) {
        let now = now()
        state.withLock { state in
            state.heardAt = now
            if !version.isEmpty { state.version = version }
        }
    }

    private func pass(_ event: RemoteEvent) {
        guard let delegate = delegate(event.involved) else {
            return state.withLock { state in
                if state.waiting.count >= Self.waitingLimit { state.waiting.removeFirst() }
                state.waiting.append(event)
            }
        }
        let news = News(nodeName: delegate.virtualNode, event: event.about(delegate.instance.podUID))
        let now = now()
        state.withLock { state in
            if state.told.count >= Self.toldLimit { state.told.removeFirst() }
            state.told.append((news, now))
        }
        audience.tell(news)
    }
}

// MARK: - After a gap

extension RemoteEvents {
    /// Tells what happened while nobody watched, the earliest first.
    private func tellMissed(_ selector: String) async throws {
        let since = state.withLock { $0.heardAt } - Self.skew
        var list = try await page(selector)
        // The first page's: what happens while the others are read is watched.
        let version = list.at("metadata", "resourceVersion")?.string ?? ""
        var missed: [(event: RemoteEvent, time: Duration)] = []
        var waiting: [RemoteEvent] = []
        while true {
            let (known, early) = news(in: list, since: since)
            missed += known
            waiting = (waiting + early).suffix(Self.waitingLimit)
            missed = missed.sorted { $0.time < $1.time }.suffix(Self.missedLimit)
            guard let token = list.at("metadata", "continue")?.string, !token.isEmpty else { break }
            list = try await page(selector, continue: token)
        }
        note(version)
        for event in waiting + missed.map(\.event) { pass(event) }
    }

    private func page(_ selector: String, continue token: String? = nil) async throws -> JSON {
        try await client.list(.events, fieldSelector: selector, limit: Self.pageSize, continue: token)
    }

    /// - Returns: what happened to delegates since then, and what happened a moment ago to pods that may come to be known as
    ///   delegates.
    private func news(
        in list: JSON,
        since: Duration
    ) -> (known: [(event: RemoteEvent, time: Duration)], early: [RemoteEvent]) {
        let moment = now() - Self.skew
        var (known, early) = ([(event: RemoteEvent, time: Duration)](), [RemoteEvent]())
        for item in list["items"]?.array ?? [] {
            guard let event = RemoteEvent(json: item), let time = event.lastTime, time >= since else { continue }
            if delegate(event.involved) != nil {
                known.append((event, time))
            } else if time >= moment {
                early.append(event)
            }
        }
        return (known, early)
    }
}
