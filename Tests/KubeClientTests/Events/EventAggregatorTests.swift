import Testing

@testable import KubeClient

@Suite struct EventAggregatorTests {
    private func identity(
        _ message: String = "m",
        reason: String = "Failed",
        type: String = "Warning",
        name: String = "a",
        uid: String = "u"
    ) -> EventAggregator.Identity {
        EventAggregator.Identity(
            object: EventAggregator.ObjectIdentity(kind: "Pod", namespace: "shop", name: name, uid: uid),
            type: type,
            reason: reason,
            message: message
        )
    }

    @Test("The same event again raises its count; any difference makes another one")
    func aggregates() {
        var aggregator = EventAggregator()
        #expect(aggregator.decide(identity(), now: .zero) == .create)
        aggregator.told(identity(), name: "a.1", count: 1)
        #expect(aggregator.decide(identity(), now: .zero) == .recount(name: "a.1", count: 2))
        aggregator.told(identity(), name: "a.1", count: 2)
        #expect(aggregator.decide(identity(), now: .zero) == .recount(name: "a.1", count: 3))
        for other in [
            identity("n"), identity(reason: "R"), identity(type: "Normal"), identity(name: "b"), identity(uid: "v"),
        ] {
            #expect(aggregator.decide(other, now: .zero) == .create)
        }
    }

    @Test("An event that is not there any more is made anew")
    func forgets() {
        var aggregator = EventAggregator()
        aggregator.told(identity(), name: "a.1", count: 1)
        aggregator.forget(identity())
        #expect(aggregator.decide(identity(), now: .zero) == .create)
    }

    @Test("An object has 25 events at once, then one in five minutes, and others are not concerned")
    func limits() {
        var aggregator = EventAggregator()
        let start = Duration.seconds(1_700_000_000)
        for number in 0..<25 { #expect(aggregator.decide(identity("\(number)"), now: start) == .create) }
        #expect(aggregator.decide(identity("x"), now: start) == .drop)
        #expect(aggregator.decide(identity("x"), now: start + .seconds(299)) == .drop)
        #expect(aggregator.decide(identity("x", uid: "v"), now: start) == .create)
        #expect(aggregator.decide(identity("x"), now: start + .seconds(300)) == .create)
        #expect(aggregator.decide(identity("x"), now: start + .seconds(301)) == .drop)
    }

    @Test("Only so many events and objects are remembered, the least used forgotten first")
    func bounded() {
        var recent = LeastRecentlyUsed<Int, String>(capacity: 4)
        for key in 0..<4 { recent[key] = "\(key)" }
        #expect(recent[0] == "0")
        recent[4] = "4"
        #expect(recent.count == 4)
        #expect(recent[1] == nil)
        #expect(recent[0] == "0")
        recent[0] = nil
        #expect(recent.count == 3)
    }
}
