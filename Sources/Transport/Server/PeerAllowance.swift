/// How often each peer may still do something: so often at once, and so many times more with each second. Pure.
package struct PeerAllowance: Sendable {
    private struct Account {
        var left: Double
        var since: ContinuousClock.Instant
    }

    /// Above so many peers, those that have all of their allowance again are forgotten.
    private static let accountLimit = 4096

    private let burst: Double
    private let perSecond: Double
    private var accounts: [String: Account] = [:]

    package init(burst: Int, perSecond: Double) {
        self.burst = Double(burst)
        self.perSecond = perSecond
    }

    /// How many peers are remembered.
    var count: Int { accounts.count }

    /// Whether a peer may do it once more now, which then counts.
    package mutating func take(_ peer: String, now: ContinuousClock.Instant) -> Bool {
        if accounts.count > Self.accountLimit {
            accounts = accounts.filter { left(in: $0.value, now: now) < burst }
        }
        let present = accounts[peer].map { left(in: $0, now: now) } ?? burst
        accounts[peer] = Account(left: present < 1 ? present : present - 1, since: now)
        return present >= 1
    }

    /// What a peer took is not to count.
    package mutating func giveBack(_ peer: String, now: ContinuousClock.Instant) {
        guard let account = accounts[peer] else { return }
        accounts[peer] = Account(left: min(burst, left(in: account, now: now) + 1), since: now)
    }

    private func left(in account: Account, now: ContinuousClock.Instant) -> Double {
        min(burst, account.left + (now - account.since) / .seconds(1) * perSecond)
    }
}
