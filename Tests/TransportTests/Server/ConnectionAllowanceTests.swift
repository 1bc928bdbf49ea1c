import Testing

@testable import Transport

@Suite struct ConnectionAllowanceTests {
    @Test func `An address has so many connections at once, and so many more with each second`() {
        var allowance = ConnectionAllowance(HTTPServerLimits(connectionsPerPeer: 3, newConnectionsPerSecond: 2))
        let start = ContinuousClock.now
        func taken(at time: Duration, from peer: String = "10.0.0.1", of count: Int = 5) -> Int {
            (0..<count).count { _ in allowance.take(peer, now: start + time) }
        }
        #expect(taken(at: .zero) == 3)
        #expect(taken(at: .zero, from: "10.0.0.2") == 3)
        #expect(taken(at: .milliseconds(400)) == 0)
        #expect(taken(at: .seconds(1)) == 2)
        // What was not used up does not grow beyond what an address has at first.
        #expect(taken(at: .seconds(100)) == 3)
    }

    @Test func `Addresses that are not heard of any more are forgotten`() {
        var allowance = ConnectionAllowance(HTTPServerLimits(connectionsPerPeer: 1, newConnectionsPerSecond: 1))
        let start = ContinuousClock.now
        for number in 0..<4097 { _ = allowance.take("peer-\(number)", now: start) }
        #expect(allowance.count == 4097)
        _ = allowance.take("another", now: start + .seconds(2))
        #expect(allowance.count == 1)
    }
}
