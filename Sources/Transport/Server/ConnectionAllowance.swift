/// How many connections each address may still make: so many at once, and so many more with each second. Pure.
struct ConnectionAllowance {
    private struct Account {
        var left: Double
        var since: ContinuousClock.Instant
    }

    /// Above so many addresses, those that have all of their allowance again are forgotten.
    private static let accountLimit = 4096

    private let burst: Double
    private let perSecond: Double
    private var accounts: [String: Account] = [:]

    init(_ limits: HTTPServerLimits) {
        burst = Double(limits.connectionsPerPeer)
        perSecond = Double(limits.newConnectionsPerSecond)
    }

    /// How many addresses are remembered.
    var count: Int { accounts.count }

    /// Whether an address may make one more connection now, which then counts.
    mutating func take(_ address: String, now: ContinuousClock.Instant) -> Bool {
        if accounts.count > Self.accountLimit {
            accounts = accounts.filter { left(in: $0.value, now: now) < burst }
        }
        let present = accounts[address].map { left(in: $0, now: now) } ?? burst
        accounts[address] = Account(left: present < 1 ? present : present - 1, since: now)
        return present >= 1
    }

    private func left(in account: Account, now: ContinuousClock.Instant) -> Double {
        min(burst, account.left + (now - account.since) / .seconds(1) * perSecond)
    }
}
