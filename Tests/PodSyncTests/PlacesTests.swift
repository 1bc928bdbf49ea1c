import KubeModel
import Providers
import Synchronization
import Testing

@testable import PodSync

/// For how long an instance may have no node.
@Suite struct PlacesTests {
    private let start = ContinuousClock.now

    @Test func `The time of each instance begins when it is first seen without a node`() {
        let places = Places(limit: .seconds(60))
        func placing(_ instance: String, at seconds: Int) -> PodPlacing {
            places.placing(
                of: "uid-1",
                instance: instance,
                fingerprint: PodFingerprint(of: [:]),
                now: start.advanced(by: .seconds(seconds))
            )
        }
        #expect(placing("a", at: 0) == .waiting(.seconds(60)))
        #expect(placing("a", at: 59) == .waiting(.seconds(1)))
        #expect(placing("a", at: 60) == .overdue)
        #expect(placing("b", at: 60) == .waiting(.seconds(60)))
        places.noteSettled("uid-1", instance: "b")
        #expect(placing("b", at: 100) == .waiting(.seconds(60)))
    }

    @Test func `Nothing undoes a withdrawal but another instance`() {
        let places = Places(limit: .seconds(60))
        let error = ProviderError(.refused, reason: "OutOfcpu", message: "no")
        func isWithdrawn(_ instance: UID?) -> Bool { places.withdrawal(of: "uid-1", instance: instance) != nil }
        places.note(withdrawal: error, of: "uid-1", instance: "a", owner: "rs", now: start)
        // A look that began before.
        let fingerprint = PodFingerprint(of: [:])
        #expect(places.placing(of: "uid-1", instance: "a", fingerprint: fingerprint, now: start) == .withdrawn)
        places.noteSettled("uid-1", instance: "a")
        places.noteSettled("uid-1", instance: nil)
        #expect(isWithdrawn("a") && isWithdrawn(nil))
        #expect(!isWithdrawn("b"))
        places.noteSettled("uid-1", instance: "b")
        #expect(!isWithdrawn("a") && !isWithdrawn(nil))
        places.note(withdrawal: error, of: "uid-1", instance: "a", owner: "rs", now: start)
        let other = places.placing(of: "uid-1", instance: "b", fingerprint: fingerprint, now: start)
        #expect(other == .waiting(.seconds(60)))
        #expect(!isWithdrawn("a"))
    }

    @Test func `A change in place that may find it a node gives it the whole time again`() {
        let places = Places(limit: .seconds(60))
        func placing(_ pod: JSON, at seconds: Int) -> PodPlacing {
            places.placing(
                of: "uid-1",
                instance: "a",
                fingerprint: PodFingerprint(of: pod),
                now: start.advanced(by: .seconds(seconds))
            )
        }
        let tolerant: JSON = ["tolerations": [["operator": "Exists"]]]
        let small: JSON = ["containers": [["name": "main", "resources": ["requests": ["cpu": "1"]]]]]
        #expect(placing([:], at: 0) == .waiting(.seconds(60)))
        #expect(placing(["spec": tolerant], at: 50) == .waiting(.seconds(60)))
        #expect(placing(["spec": tolerant], at: 60) == .waiting(.seconds(50)))
        #expect(placing(["spec": small], at: 100) == .waiting(.seconds(60)))
        let labelled: JSON = ["metadata": ["annotations": ["beat": "1"]], "spec": small]
        #expect(placing(labelled, at: 159) == .waiting(.seconds(1)), "it finds no node by that")
        #expect(placing(labelled, at: 160) == .overdue)
    }

    @Test func `There is a shortage as long as the pods of some owner wait, and it is told when it changes`() {
        let shortage = PlaceShortage()
        let places = Places(limit: .seconds(60), shortage: shortage)
        let news = Counter()
        shortage.onChange { news.increment() }
        func remaining(at seconds: Int) -> Duration? { shortage.remaining(now: start.advanced(by: .seconds(seconds))) }
        let error = ProviderError(.refused, reason: "OutOfcpu", message: "no")
        for (owner, time) in [("a", 0), ("b", 30)] {
            let now = start.advanced(by: .seconds(time))
            places.note(withdrawal: error, of: "pod-\(owner)", instance: "i", owner: owner, now: now)
        }
        #expect(news.value == 2)
        // A moment longer than the pause.
        #expect(remaining(at: 30) == .seconds(62), "that of the other owner")
        #expect(remaining(at: 92) == nil, "it ends by itself")
        // One tries for all, and until its time is over others shall go elsewhere.
        #expect(places.pause(owner: "b", pod: "next", now: start.advanced(by: .seconds(90))) == nil)
        #expect(remaining(at: 90) == .seconds(122))
        #expect(news.value == 3)
        #expect(!places.notePlaced(owner: "b", pod: "another"))
        #expect(places.notePlaced(owner: "b", pod: "next"))
        #expect(remaining(at: 90) == nil)
        #expect(news.value == 4)
    }

    /// Counts calls.
    private final class Counter: Sendable {
        private let count = Atomic(0)

        var value: Int { count.load(ordering: .relaxed) }

        func increment() { count.add(1, ordering: .relaxed) }
    }

    @Test(arguments: [(60, [60, 120, 240, 300, 300]), (200, [200, 400, 400]), (1, [10, 20, 40, 80])])
    func `The owner's pauses grow, and are never shorter than an answer takes`(limit: Int, pauses: [Int]) {
        let places = Places(limit: .seconds(limit))
        var now = start
        places.owners.noteRefusal(owner: "rs", pod: "p", words: "no", now: now)
        for (number, expected) in pauses.enumerated() {
            let pause = places.owners.pause(owner: "rs", pod: "p\(number)", now: now)?.wait
            #expect(pause == .seconds(expected))
            now = now.advanced(by: .seconds(expected))
            #expect(places.owners.pause(owner: "rs", pod: "p\(number)", now: now) == nil, "its turn has come")
            // It fails some time after the limit; until then nobody else is tried.
            now = now.advanced(by: .seconds(limit + 8))
            #expect(places.owners.pause(owner: "rs", pod: "other", now: now) != nil)
            places.owners.noteRefusal(owner: "rs", pod: "p\(number)", words: "no", now: now)
        }
    }
}
