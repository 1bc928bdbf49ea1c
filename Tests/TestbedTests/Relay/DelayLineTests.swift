import Testing

@testable import Testbed

@Suite("The bytes on their way through a relay")
struct DelayLineTests {
    private var random = SystemRandomNumberGenerator()

    @Test("arrive after the delay")
    mutating func delay() {
        var line = DelayLine()
        line.send([1, 2], at: .milliseconds(5), under: RelayConditions(delay: .milliseconds(20)), using: &random)
        #expect(line.first == DelayLine.Parcel(due: .milliseconds(25), bytes: [1, 2]))
    }

    @Test("never overtake each other when the delay gets shorter")
    mutating func order() {
        var line = DelayLine()
        line.send([1], at: .zero, under: RelayConditions(delay: .milliseconds(50)), using: &random)
        line.send([2], at: .milliseconds(1), under: RelayConditions(), using: &random)
        line.take(1)
        #expect(line.first?.due == .milliseconds(50))
    }

    @Test("leave no faster than the line's rate, each after the one before")
    mutating func rate() {
        let slow = RelayConditions(bytesPerSecond: 1000)
        var line = DelayLine()
        line.send(ArraySlice(repeating: 0, count: 100), at: .zero, under: slow, using: &random)
        line.send(ArraySlice(repeating: 0, count: 100), at: .zero, under: slow, using: &random)
        #expect(line.first?.due == .milliseconds(100))
        line.take(100)
        #expect(line.first?.due == .milliseconds(200))
    }

    @Test("arrive within delay and jitter")
    mutating func jitter() {
        let rough = RelayConditions(delay: .milliseconds(10), jitter: .milliseconds(5))
        for _ in 0..<100 {
            var line = DelayLine()
            line.send([1], at: .zero, under: rough, using: &random)
            let due = line.first?.due ?? .zero
            #expect(due >= .milliseconds(10) && due <= .milliseconds(15))
        }
    }

    @Test("wait for the way to be open")
    mutating func hold() {
        var line = DelayLine()
        line.hold(until: .milliseconds(40))
        line.send([1], at: .zero, under: RelayConditions(delay: .milliseconds(20)), using: &random)
        #expect(line.first?.due == .milliseconds(60))
    }

    @Test("stay on the line until all have been taken; the end of the stream comes last")
    mutating func taking() {
        var line = DelayLine()
        line.send([1, 2, 3], at: .zero, under: RelayConditions(), using: &random)
        line.send([], at: .zero, under: RelayConditions(), using: &random)
        line.take(2)
        #expect(line.first?.bytes == [3])
        line.take(1)
        #expect(line.first?.isEnd == true)
        line.take(0)
        #expect(line.first == nil)
    }

    @Test("are bounded: the sender has to wait when the line is full")
    mutating func bound() {
        var line = DelayLine()
        line.send(
            ArraySlice(repeating: 0, count: DelayLine.capacity),
            at: .zero,
            under: RelayConditions(),
            using: &random
        )
        #expect(!line.hasRoom)
        line.take(1)
        #expect(line.hasRoom)
    }
}
