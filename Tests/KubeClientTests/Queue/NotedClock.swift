import TestSupport
import Testing

/// A manual clock that tells for how long it is asked to sleep, so that a test knows whose sleep it waits for.
final class NotedClock: Clock, Sendable {
    typealias Duration = Swift.Duration
    typealias Instant = ManualClock.Instant

    private let base = ManualClock()
    private let sleeps = AsyncStream<Duration>.makeStream()

    var now: Instant { base.now }
    var minimumResolution: Duration { base.minimumResolution }

    func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        sleeps.continuation.yield(base.now.duration(to: deadline))
        try await base.sleep(until: deadline, tolerance: tolerance)
    }

    /// Waits for the next sleep that somebody begins.
    func expectSleep(_ bounds: ClosedRange<Duration>, sourceLocation: SourceLocation = #_sourceLocation) async {
        var iterator = sleeps.stream.makeAsyncIterator()
        guard let duration = await iterator.next() else { return }
        #expect(bounds.contains(duration), sourceLocation: sourceLocation)
    }

    func expectSleep(_ duration: Duration, sourceLocation: SourceLocation = #_sourceLocation) async {
        await expectSleep(duration...duration, sourceLocation: sourceLocation)
    }

    /// Moves on once somebody sleeps.
    func advance(by duration: Duration) async {
        await base.waitForSleepers(count: 1)
        base.advance(by: duration)
    }
}
