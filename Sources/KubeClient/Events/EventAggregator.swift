import KubeModel

/// Decides what becomes of events, so that an object in trouble does not flood the API: the same event again only
/// raises its count, and an object that has much to tell is cut short. Pure: times are told as time since 1970.
///
/// The bounds are those of client-go's `EventCorrelator`: per object 25 at once, then one in five minutes; the least
/// recently used of 4096 events and objects are forgotten.
struct EventAggregator {
    /// What makes two events the same.
    struct Identity: Hashable {
        let object: ObjectIdentity
        let type: String
        let reason: String
        let message: String
    }

    /// Of which object, in which of its lives.
    struct ObjectIdentity: Hashable {
        let kind: String
        let namespace: String
        let name: String
        let uid: UID
    }

    enum Action: Equatable {
        case create
        /// Raise the count of the event with this name.
        case recount(name: String, count: Int64)
        case drop
    }

    static let burst = 25
    static let refillInterval = Duration.seconds(300)
    static let capacity = 4096

    private struct Series {
        var name: String
        var count: Int64
    }

    private var series: LeastRecentlyUsed<Identity, Series>
    private var budgets: LeastRecentlyUsed<ObjectIdentity, TokenBucket>

    init(capacity: Int = EventAggregator.capacity) {
        series = LeastRecentlyUsed(capacity: capacity)
        budgets = LeastRecentlyUsed(capacity: capacity)
    }

    /// What to do with an event that is about to be told.
    mutating func decide(_ identity: Identity, now: Duration) -> Action {
        var budget =
            budgets[identity.object] ?? TokenBucket(qps: 1 / (Self.refillInterval / .seconds(1)), burst: Self.burst)
        let isAllowed = budget.takeAtOnce(now: now)
        budgets[identity.object] = budget
        guard isAllowed else { return .drop }
        guard let known = series[identity] else { return .create }
        return .recount(name: known.name, count: known.count + 1)
    }

    /// The event was told under this name, with this count.
    mutating func told(_ identity: Identity, name: String, count: Int64) {
        series[identity] = Series(name: name, count: count)
    }

    /// The event is not there any more: servers keep events for an hour or so.
    mutating func forget(_ identity: Identity) {
        series[identity] = nil
    }
}
