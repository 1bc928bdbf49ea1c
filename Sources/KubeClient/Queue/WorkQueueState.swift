/// The rules of a keyed work queue (client-go `util/workqueue`): which key waits, which is in work, who waits for one.
/// Pure: times are told as time since some start, and waiters are whatever the owner hands in.
///
/// A key is ready at most once and in work at most once. Added while in work it becomes ready when that work is
/// finished. Of two delays for a key the earlier one counts; being ready or dirty counts as no delay at all.
struct WorkQueueState<Key: Hashable & Sendable, Waiter> {
    /// A key for a waiter, to be handed over outside of the lock.
    struct Hand {
        let waiter: Waiter
        let key: Key
    }

    struct Parked {
        let id: UInt64
        let waiter: Waiter
    }

    var ready = FIFO<Key>()
    /// Those of the ready keys that go before the others.
    var urgent = FIFO<Key>()
    /// How many urgent keys were taken since one of the others was.
    var overtaken = 0
    /// Keys that have to be worked on: those ready, and those in work that have changed since.
    var dirty: Set<Key> = []
    var startedAt: [Key: Duration] = [:]
    var readyAt: [Key: Duration] = [:]
    var delayed = DelayedKeys<Key>()
    var waiters = FIFO<Parked>()
    var cancelledWaiters: Set<UInt64> = []
    var failures: [Key: Int] = [:]
    var isShutDown = false
    /// Whether a key goes before others, asked when it becomes ready.
    var isUrgent: @Sendable (Key) -> Bool = { _ in false }

    /// So many urgent keys at the most go before each of the others.
    static var lead: Int { 4 }

    var depth: Int { ready.count + urgent.count }
    var delayedCount: Int { delayed.count }
    var failingCount: Int { failures.count }
    var isIdle: Bool { depth == 0 && startedAt.isEmpty }
    var nextDeadline: Duration? { delayed.earliest }
    func isInWork(_ key: Key) -> Bool { startedAt[key] != nil }

    /// How long until a key is worked on; zero if it may be now, nil if nobody has asked for it.
    func wait(for key: Key, now: Duration) -> Duration? {
        if dirty.contains(key) || isInWork(key) { return .zero }
        return delayed.deadline(of: key).map { max($0 - now, .zero) }
    }

    /// The time spent so far on all keys in work, and on the one that is longest in work.
    func unfinished(now: Duration) -> (sum: Duration, longest: Duration) {
        startedAt.values.reduce((.zero, .zero)) { ($0.0 + (now - $1), max($0.1, now - $1)) }
    }
}
