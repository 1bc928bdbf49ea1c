import Lifecycle
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ExpiringCacheTests {
    private struct Failure: Error {}

    /// Counts how often an answer was made; the first attempt fails if asked to.
    private final class Maker: Sendable {
        private let count = Mutex(0)
        let now = Mutex(ContinuousClock.now)

        func make() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }

    @Test func `An answer holds for its time, and an error is no answer`() async throws {
        let maker = Maker()
        let cache = ExpiringCache<String, Int>(now: { maker.now.withLock { $0 } })
        func ask() async throws -> Int {
            try await cache.value(for: "key", lifetime: { _ in .seconds(30) }) {
                let number = maker.make()
                if number == 1 { throw Failure() }
                return number
            }
        }
        await #expect(throws: Failure.self) { try await ask() }
        #expect(try await ask() == 2)
        maker.now.withLock { $0 += .seconds(29) }
        #expect(try await ask() == 2)
        maker.now.withLock { $0 += .seconds(2) }
        #expect(try await ask() == 3)
    }

    @Test func `Beyond the limit those go that hold no more, or the one that would be the first`() async throws {
        let maker = Maker()
        let cache = ExpiringCache<Int, Int>(limit: 3, now: { maker.now.withLock { $0 } })
        func ask(_ key: Int, _ lifetime: Duration = .seconds(60)) async throws -> Int {
            try await cache.value(for: key, lifetime: { _ in lifetime }) { maker.make() }
        }
        for (key, lifetime) in [(1, Duration.seconds(60)), (2, .seconds(30)), (3, .seconds(90))] {
            _ = try await ask(key, lifetime)
        }
        #expect(try await ask(4) == 4)
        #expect(cache.count == 3)
        #expect(try await ask(1) == 1)
        #expect(try await ask(3) == 3)
        // The second is asked for anew.
        maker.now.withLock { $0 += .seconds(61) }
        #expect(try await ask(2) == 5)
        #expect(cache.count == 2)
        #expect(try await ask(3) == 3)
    }

    @Test func `Who wants the same at the same time waits for one answer`() async throws {
        let maker = Maker()
        let cache = ExpiringCache<String, Int>()
        let (begun, begin) = AsyncStream<Void>.makeStream()
        let gate = ShutdownSignal()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await cache.value(for: "key", lifetime: { _ in .seconds(30) }) {
                        begin.yield()
                        await gate.wait()
                        return maker.make()
                    }
                }
            }
            await begun.first { true }
            gate.trigger()
            for try await value in group { #expect(value == 1) }
        }
    }
}
