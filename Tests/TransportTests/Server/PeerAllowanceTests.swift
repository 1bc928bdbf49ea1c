import Testing

@testable import Transport

@Suite struct PeerAllowanceTests {
    @Test func `An address has so many connections at once, and so many more with each second`() {
        var allowance = PeerAllowance(burst: 3, perSecond: 2)
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

    @Test func `What is given back was not taken`() {
        var allowance = PeerAllowance(burst: 2, perSecond: 0)
        let start = ContinuousClock.now
        for _ in 0..<5 {
            let isTaken = allowance.take("a", now: start)
            #expect(isTaken)
            allowance.giveBack("a", now: start)
        }
        // No more than there was at first.
        allowance.giveBack("a", now: start)
        let taken = (0..<5).count { _ in allowance.take("a", now: start) }
        #expect(taken == 2)
    }

    @Test(arguments: [
        ("10.0.0.1", "10.0.0.1"), ("::ffff:10.0.0.1", "10.0.0.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"), ("2001:db8:1:3::1", "2001:db8:1:3::/64"), ("::1", "0:0:0:0::/64"),
    ])
    func `One client may have all addresses of a network`(host: String, peer: String) {
        #expect(SocketAddress(host: host, port: 443)?.peer == peer)
    }

    @Test func `Addresses that are not heard of any more are forgotten`() {
        var allowance = PeerAllowance(burst: 1, perSecond: 1)
        let start = ContinuousClock.now
        for number in 0..<4097 { _ = allowance.take("peer-\(number)", now: start) }
        #expect(allowance.count == 4097)
        _ = allowance.take("another", now: start + .seconds(2))
        #expect(allowance.count == 1)
    }
}
