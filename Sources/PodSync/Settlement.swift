import KubeModel
import Synchronization

/// Whether what ended while its cluster was out of sight has been asked to end there too. Until then the node is not
/// Ready: a pod that was given up and runs elsewhere by now must not have a delegate here.
///
/// Waits for one look at each of these pods that begins after the cluster was in sight, however it ends: the rest is the
/// queue's business, and the origin's when it can't be asked.
final class Settlement: Sendable {
    private enum Phase {
        /// The cluster, or one of the two lists, is out of sight.
        case blind
        case settling(Set<UID>)
        case settled
    }

    private struct State {
        var phase = Phase.blind
        /// Counts the times that the cluster came in sight.
        var round = 0
    }

    private let state = Mutex(State())
    private let (stream, continuation) = AsyncStream<Bool>.makeStream(bufferingPolicy: .bufferingNewest(1))

    /// Whether it is settled: each change; of several that were not read yet only the last is kept. One reader.
    var changes: AsyncStream<Bool> { stream }

    /// The number that a look takes with it.
    var round: Int { state.withLock { $0.round } }

    /// The cluster is out of sight.
    func lose() {
        state.withLock { $0.phase = .blind }
        continuation.yield(false)
    }

    /// The cluster is in sight, and these pods have to be looked at.
    func begin(_ uids: Set<UID>) {
        state.withLock { state in
            state.round += 1
            state.phase = .settling(uids)
        }
        endIfDone()
    }

    /// A look at a pod has ended that began in this round.
    func looked(at uid: UID, round: Int) {
        let isOurs = state.withLock { state in
            guard state.round == round, case .settling(var uids) = state.phase else { return false }
            guard uids.remove(uid) != nil else { return false }
            state.phase = .settling(uids)
            return true
        }
        if isOurs { endIfDone() }
    }

    private func endIfDone() {
        let isDone = state.withLock { state in
            guard case .settling(let uids) = state.phase, uids.isEmpty else { return false }
            state.phase = .settled
            return true
        }
        if isDone { continuation.yield(true) }
    }
}
