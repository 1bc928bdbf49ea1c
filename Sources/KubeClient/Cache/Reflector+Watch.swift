import KubeModel
import Observability
import Synchronization

extension Reflector {
    /// A watch with no bytes for so many checks in a row is dead: bookmarks come about once a minute, and a connection
    /// that is half open tells nothing by itself.
    static var silentChecks: Int { 3 }
    static var checkInterval: Duration { .seconds(60) }

    /// Watches until the watch ends, fails or falls silent.
    func follow(
        from version: String,
        timeout: Duration,
        onOpen: @escaping @Sendable () -> Void
    ) async throws -> (ReflectorPlan.Outcome, openedAt: Duration?) {
        let progress = WatchProgress(version: version, now: elapsed())
        let outcome = try await withThrowingTaskGroup(of: ReflectorPlan.Outcome.self) { group in
            group.addTask { try await self.consume(progress, timeout: timeout, onOpen: onOpen) }
            group.addTask {
                try await self.waitForSilence(progress.activity)
                return .watchStalled(progress.summary(now: self.elapsed()))
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
        return (outcome, progress.openedAt)
    }

    private func consume(
        _ progress: WatchProgress,
        timeout: Duration,
        onOpen: @Sendable () -> Void
    ) async throws -> ReflectorPlan.Outcome {
        do {
            let events = try await client.watch(
                resource,
                namespace: namespace,
                labelSelector: labelSelector,
                fieldSelector: fieldSelector,
                resourceVersion: progress.summary(now: elapsed()).resourceVersion,
                timeout: timeout,
                activity: progress.activity
            )
            progress.opened(now: elapsed())
            onOpen()
            for try await event in events {
                apply(event)
                progress.count(event)
            }
            try Task.checkCancellation()
            return .watchEnded(progress.summary(now: elapsed()))
        } catch let error as APIError {
            return .watchFailed(error, progress.summary(now: elapsed()))
        }
    }

    private func apply(_ event: WatchEvent) {
        counters.events.increment()
        if event.type != .bookmark, let object = decode(event.object) {
            store.apply(event.type, object)
        } else {
            store.advance(to: event.resourceVersion)
        }
    }

    private func waitForSilence(_ activity: ByteActivity) async throws {
        var (seen, silent) = (activity.count, 0)
        while silent < Self.silentChecks {
            try await clock.sleep(for: Self.checkInterval)
            let count = activity.count
            silent = count == seen ? silent + 1 : 0
            seen = count
        }
    }
}

/// How far a watch has come, seen from the task that watches over it too.
private final class WatchProgress: Sendable {
    private struct State {
        var summary: ReflectorPlan.WatchSummary
        var openedAt: Duration?
    }

    let activity = ByteActivity()
    private let startedAt: Duration
    private let state: Mutex<State>

    init(version: String, now: Duration) {
        startedAt = now
        state = Mutex(State(summary: ReflectorPlan.WatchSummary(resourceVersion: version)))
    }

    var openedAt: Duration? { state.withLock { $0.openedAt } }

    func opened(now: Duration) {
        state.withLock { $0.openedAt = now }
    }

    func count(_ event: WatchEvent) {
        state.withLock { state in
            state.summary.events += 1
            if !event.resourceVersion.isEmpty { state.summary.resourceVersion = event.resourceVersion }
        }
    }

    func summary(now: Duration) -> ReflectorPlan.WatchSummary {
        state.withLock { state in
            var summary = state.summary
            summary.lasted = now - (state.openedAt ?? startedAt)
            return summary
        }
    }
}
