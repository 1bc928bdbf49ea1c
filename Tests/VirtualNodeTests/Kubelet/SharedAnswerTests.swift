import Synchronization
import Testing

@testable import VirtualNode

@Suite struct SharedAnswerTests {
    private struct Failure: Error {}

    @Test func `An answer holds for its time, and an error is made again`() async throws {
        let now = Mutex(ContinuousClock.now)
        let count = Mutex(0)
        let answer = SharedAnswer<Int>(lifetime: .seconds(5), now: { now.withLock { $0 } }) {
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number == 1 { throw Failure() }
            return number
        }
        await #expect(throws: Failure.self) { try await answer.value() }
        #expect(try await answer.value() == 2)
        now.withLock { $0 += .seconds(4) }
        #expect(try await answer.value() == 2)
        now.withLock { $0 += .seconds(2) }
        #expect(try await answer.value() == 3)
    }

    @Test func `Without a lifetime it is made for each who asks alone`() async throws {
        let count = Mutex(0)
        let answer = SharedAnswer<Int>(lifetime: .zero) {
            count.withLock { count in
                count += 1
                return count
            }
        }
        #expect(try await answer.value() == 1)
        #expect(try await answer.value() == 2)
    }
}
