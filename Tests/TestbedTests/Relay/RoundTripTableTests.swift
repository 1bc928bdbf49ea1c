import Testing

@testable import Testbed

@Suite("The round trips between the sites of mck8s")
struct RoundTripTableTests {
    @Test("know every pair of the six sites, in both directions")
    func pairs() throws {
        let table = RoundTripTable.mck8s
        #expect(table.sites == ["Grenoble", "Lille", "Luxembourg", "Nancy", "Nantes", "Rennes"])
        for one in table.sites {
            for other in table.sites where one != other {
                let time = try #require(table.roundTrip(one, other))
                #expect(time > .milliseconds(2) && time < .milliseconds(28))
                #expect(time == table.roundTrip(other, one))
            }
        }
    }

    @Test("are as measured", arguments: [("Rennes", "Nantes", 2160), ("Luxembourg", "Rennes", 27410)])
    func value(one: String, other: String, microseconds: Int) {
        #expect(RoundTripTable.mck8s.roundTrip(one, other) == .microseconds(microseconds))
    }

    @Test("take no time within a site and are unknown for other places")
    func edges() {
        #expect(RoundTripTable.mck8s.roundTrip("Lille", "Lille") == .zero)
        #expect(RoundTripTable.mck8s.roundTrip("Lille", "Paris") == nil)
        #expect(RoundTripTable.mck8s.roundTrip("Paris", "Paris") == nil)
    }
}
