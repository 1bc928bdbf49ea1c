import KubeModel
import Synchronization

/// Stops the end of many delegates at once whose pods the origin does not know: an origin that was restored from an older
/// backup, or another one by mistake, knows none of them. Until a person confirms nothing of it is ended.
///
/// It is about delegates whose pods went unseen. A pod that is deleted while we watch, or waits for its end when we
/// look, is explained by that.
package final class OrphanBrake: Sendable {
    /// How much may go at once without a person's word.
    package struct Limit: Sendable, Equatable {
        /// Of a cluster's delegates, in percent; 100 for all.
        package var percent: Int
        /// So many may always go.
        package var count: Int

        package init(percent: Int = 20, count: Int = 5) {
            self.percent = percent
            self.count = count
        }

        /// Whether so many orphans of so many delegates need a person's word.
        package func isExceeded(orphans: Int, delegates: Int) -> Bool {
            orphans > count && percent < 100 && orphans * 100 > delegates * percent
        }
    }

    /// What is held, for the node to say.
    package struct Notice: Sendable, Equatable {
        package let orphans: Int
        package let delegates: Int
        /// What a person has to give back to confirm: it stands for exactly these delegates.
        package let token: String

        package init(orphans: Int, delegates: Int, token: String) {
            self.orphans = orphans
            self.delegates = delegates
            self.token = token
        }
    }

    fileprivate struct State {
        var held: Set<UID> = []
        var notice: Notice?
        var confirmation: String?
        var observers: [@Sendable () -> Void] = []
    }

    package let limit: Limit
    private let state = Mutex(State())

    package init(_ limit: Limit = Limit()) {
        self.limit = limit
    }

    /// What is held now; nil if nothing is.
    package var notice: Notice? { state.withLock { $0.notice } }

    /// Whether a person is waited for.
    package var isHolding: Bool {
        state.withLock { state in state.notice.map { $0.token != state.confirmation } ?? false }
    }

    /// Adds somebody who is told that ``notice`` changed, or was confirmed. Called outside the lock; must not block.
    package func onChange(_ notify: @escaping @Sendable () -> Void) {
        state.withLock { $0.observers.append(notify) }
    }

    /// Takes what a person wrote; nil for nothing. It counts for the notice with that token and no other.
    package func confirm(_ token: String?) {
        let observers = state.withLock { state in
            guard state.confirmation != token else { return [@Sendable () -> Void]() }
            state.confirmation = token
            return token != nil && token == state.notice?.token ? state.observers : []
        }
        for notify in observers { notify() }
    }

    /// Whether a delegate is held, and nothing new is known of it.
    func isHeld(_ uid: UID) -> Bool {
        state.withLock { state in
            state.held.contains(uid) && state.notice.map { $0.token != state.confirmation } ?? false
        }
    }

    /// Judges all orphans that are not explained. Returns whether they may go.
    func allows(_ orphans: Set<UID>, delegates: Int) -> Bool {
        let (isAllowed, observers) = state.withLock { state in
            let before = state.notice
            let isAllowed = state.judge(orphans, delegates: delegates, limit: limit)
            return (isAllowed, before == state.notice ? [] : state.observers)
        }
        for notify in observers { notify() }
        return isAllowed
    }
}

extension OrphanBrake.State {
    fileprivate mutating func judge(_ orphans: Set<UID>, delegates: Int, limit: OrphanBrake.Limit) -> Bool {
        guard limit.isExceeded(orphans: orphans.count, delegates: delegates) else { return release() }
        // Fewer than were told are still those; more, or others, are news.
        let token = orphans.isSubset(of: held) ? notice?.token : nil
        let current = token ?? Self.token(for: orphans)
        guard confirmation != current else { return release() }
        if token == nil {
            held = orphans
            notice = OrphanBrake.Notice(orphans: orphans.count, delegates: delegates, token: current)
        }
        return false
    }

    private mutating func release() -> Bool {
        held = []
        notice = nil
        return true
    }

    private static func token(for orphans: Set<UID>) -> String {
        FNV1a.hash { $0.combine(bytes: orphans.sorted().joined(separator: ",").utf8) }
    }
}
