import KubeModel
import Synchronization

/// Whether what ended unseen has ended in the cluster too.
package enum SettlementState: Sendable, Equatable {
    /// The cluster is out of sight, or was, and what ended meanwhile has still to end there.
    case clusterUnseen
    /// The same of the origin, while the cluster was in sight.
    case originUnseen
    case settled
}

/// Whether what ended while its cluster or the origin was out of sight has ended in the cluster too. Until then the node
/// is not Ready: a pod that was given up and runs elsewhere by now must not have a delegate here.
///
/// Waits until a look at each of these pods, begun after both were in sight, finds its end; for all of them no longer
/// than a bound.
final class Settlement: Sendable {
    /// The longest wait: twice the grace that a pod has by default (core/v1, `terminationGracePeriodSeconds`). A pod that
    /// can't be dealt with must not keep the node from all the others, whose own time on a node that is not Ready runs.
    static let bound = Duration.seconds(60)
    /// By when, counted from the start, that is so at the first sight: within `NodeOptions.startGrace`, because a restart of
    /// this process must not be news. Where the first sight comes later, as in an outage, it is news already.
    static let startBound = Duration.seconds(25)

    private enum Phase {
        /// The cluster, or one of the two lists, is out of sight.
        case blind
        case settling(Set<UID>, until: ContinuousClock.Instant)
        case settled
    }

    private struct State {
        var phase = Phase.blind
        /// Counts the times that the cluster came in sight.
        var round = 0
    }

    private let start: ContinuousClock.Instant
    private let state = Mutex(State())
    private let (stream, continuation) = AsyncStream<SettlementState>.makeStream(bufferingPolicy: .bufferingNewest(1))

    init(start: ContinuousClock.Instant = .now) {
        self.start = start
    }

    /// Whether it is settled: each change; of several that were not read yet only the last is kept. One reader.
    var changes: AsyncStream<SettlementState> { stream }

    /// The number that a look takes with it.
    var round: Int { state.withLock { $0.round } }

    /// The cluster or the origin is out of sight.
    func lose(_ cause: SettlementState) {
        state.withLock { $0.phase = .blind }
        continuation.yield(cause)
    }

    /// Both are in sight, and these pods have to be looked at.
    func begin(_ uids: Set<UID>, now: ContinuousClock.Instant) {
        state.withLock { state in
            state.round += 1
            let isAtStart = state.round == 1 && now < start + Self.startBound
            state.phase = .settling(uids, until: isAtStart ? start + Self.startBound : now + Self.bound)
        }
        endIfDone()
    }

    /// A look at a pod has ended that began in this round.
    ///
    /// - Parameter isEnded: whether it has found what is waited for.
    /// - Returns: how much longer the pod is waited for; nil if it is not.
    @discardableResult
    func looked(at uid: UID, round: Int, isEnded: Bool, now: ContinuousClock.Instant) -> Duration? {
        let wait = state.withLock { state -> Duration? in
            guard state.round == round, case .settling(var uids, let end) = state.phase else { return nil }
            if now >= end {
                uids = []
            } else if isEnded {
                uids.remove(uid)
            } else if uids.contains(uid) {
                return end - now
            }
            state.phase = .settling(uids, until: end)
            return nil
        }
        if wait == nil { endIfDone() }
        return wait
    }

    private func endIfDone() {
        let isDone = state.withLock { state in
            guard case .settling(let uids, _) = state.phase, uids.isEmpty else { return false }
            state.phase = .settled
            return true
        }
        if isDone { continuation.yield(.settled) }
    }
}
