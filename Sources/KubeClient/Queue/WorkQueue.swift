package import Lifecycle
package import Observability
import Synchronization

/// Keys to be worked on, each by one worker at a time; what came while a key was in work is worked on afterwards.
///
/// A key says "look again", never what happened. Failing keys are tried again for ever, each with its own backoff.
/// Unbounded, because it holds each key once. Delays ripen while `run` or `runTimer` runs.
package final class WorkQueue<Key: Hashable & Sendable>: Sendable {
    /// How the work on a key ended.
    package enum Outcome: Sendable {
        case done
        /// Done for now; to be looked at after a time, or earlier if something happens.
        case again(after: Duration)
        /// Failed; to be tried again after the key's backoff, and not before a time.
        case retry(any Error, notBefore: Duration = .zero)
    }

    typealias Waiter = CheckedContinuation<Key?, Never>

    struct State {
        var keys = WorkQueueState<Key, Waiter>()
        var random: any RandomNumberGenerator & Sendable
        var nextID: UInt64 = 0
    }

    package let name: String
    let clock: any Clock<Duration>
    let elapsed: @Sendable () -> Duration
    let metrics: WorkQueueMetrics
    let state: Mutex<State>
    let alarm = Alarm()
    private let backoff: Backoff

    /// The delays of a failing key: 5 ms, doubled up to 5 minutes, with a tenth of jitter.
    package static var standardBackoff: Backoff {
        Backoff(base: .milliseconds(5), cap: .seconds(300), factor: 2, jitter: 0.1)
    }

    /// - Parameters:
    ///   - name: the label of the metrics.
    ///   - labels: further ones, such as the cluster.
    ///   - isUrgent: whether a key that has to wait for a worker goes before others; asked within the queue's lock, so that
    ///     it must be quick and not ask the queue.
    package init(
        name: String,
        labels: [String: String] = [:],
        backoff: Backoff = WorkQueue.standardBackoff,
        isUrgent: @escaping @Sendable (Key) -> Bool = { _ in false },
        clock: any Clock<Duration> = ContinuousClock(),
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        metrics: MetricsRegistry
    ) {
        self.name = name
        self.backoff = backoff
        self.clock = clock
        elapsed = Stopwatch.start(clock)
        state = Mutex(State(keys: WorkQueueState(isUrgent: isUrgent), random: random))
        let labels = labels.merging(["name": name]) { _, name in name }
        self.metrics = WorkQueueMetrics(metrics, labels: labels)
        observe(in: metrics, labels: labels)
    }

    /// Asks for work on a key now.
    package func add(_ key: Key) {
        metrics.adds.increment()
        let now = elapsed()
        hand(state.withLock { $0.keys.add(key, now: now) })
    }

    /// Asks for work on a key after a time, unless it is due earlier already.
    package func add(_ key: Key, after delay: Duration) {
        metrics.adds.increment()
        let now = elapsed()
        let (hand, isSooner) = state.withLock { state in
            let before = state.keys.nextDeadline
            let hand = state.keys.add(key, deadline: now + delay, now: now)
            return (hand, state.keys.nextDeadline != before)
        }
        self.hand(hand)
        if isSooner { alarm.ring() }
    }

    /// Asks for work on a key after the backoff for its failures in a row, this one counted.
    ///
    /// - Parameter least: the least delay, where whoever refused has named one.
    package func addRateLimited(_ key: Key, notBefore least: Duration = .zero) {
        metrics.retries.increment()
        let delay = state.withLock { state in
            backoff.delay(failures: state.keys.fail(key), using: &state.random)
        }
        add(key, after: max(delay, least))
    }

    /// Ends the key's row of failures.
    package func forget(_ key: Key) {
        state.withLock { $0.keys.forget(key) }
    }

    /// How often the key has failed in a row.
    package func failures(of key: Key) -> Int {
        state.withLock { $0.keys.failures[key] ?? 0 }
    }

    /// How long until a key is worked on; zero if that is now, nil if nobody has asked for it.
    package func wait(for key: Key) -> Duration? {
        let now = elapsed()
        return state.withLock { $0.keys.wait(for: key, now: now) }
    }

    /// How many keys wait for a worker.
    package var depth: Int {
        state.withLock { $0.keys.depth }
    }

    /// Takes no more keys. Those that wait for a worker are still handed out; those that are delayed are dropped.
    package func shutDown() {
        for waiter in state.withLock({ $0.keys.shutDown() }) {
            waiter.resume(returning: nil)
        }
        alarm.ring()
    }

    func hand(_ hand: WorkQueueState<Key, Waiter>.Hand?) {
        guard let hand else { return }
        metrics.waited.observe(.zero)
        hand.waiter.resume(returning: hand.key)
    }
}
