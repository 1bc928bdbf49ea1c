import Lifecycle
import Testing

@Suite struct BackoffTests {
    /// Always the same number, so that jitter has a known size.
    private struct FixedGenerator: RandomNumberGenerator {
        let value: UInt64

        mutating func next() -> UInt64 { value }
    }

    @Test(
        "The delay grows by the factor and stays at the cap",
        arguments: [
            (1, 800), (2, 1600), (3, 3200), (6, 25_600), (7, 30_000), (1000, 30_000), (Int.max, 30_000),
        ]
    )
    func growth(failures: Int, milliseconds: Int) {
        let backoff = Backoff(base: .milliseconds(800), cap: .seconds(30))
        #expect(backoff.delay(failures: failures) == .milliseconds(milliseconds))
    }

    @Test("A count below one is taken as one", arguments: [0, -1, Int.min])
    func countBelowOne(failures: Int) {
        #expect(Backoff(base: .seconds(2), cap: .seconds(9)).delay(failures: failures) == .seconds(2))
    }

    @Test("Another factor is honoured, and a factor of one keeps the delay")
    func factors() {
        #expect(Backoff(base: .seconds(1), cap: .seconds(100), factor: 3).delay(failures: 4) == .seconds(27))
        #expect(Backoff(base: .seconds(1), cap: .seconds(100), factor: 1).delay(failures: 50) == .seconds(1))
    }

    @Test("A base of zero never waits, however often it fails")
    func zeroBase() {
        #expect(Backoff(base: .zero, cap: .seconds(1)).delay(failures: 5000) == .zero)
    }

    @Test("Jitter adds between nothing and its share, also on top of the cap")
    func jitterBounds() {
        let backoff = Backoff(base: .seconds(10), cap: .seconds(10), jitter: 0.5)
        var lowest = FixedGenerator(value: 0)
        var highest = FixedGenerator(value: .max)
        #expect(backoff.delay(failures: 9, using: &lowest) == .seconds(10))
        let most = backoff.delay(failures: 9, using: &highest)
        #expect(most > .seconds(14) && most <= .seconds(15))
    }
}
