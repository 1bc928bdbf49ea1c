import Lifecycle
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ServiceGroupTests {
    /// Tells what happens to it, and ends on the shutdown signal or, if stubborn, only when cancelled.
    private struct ScriptedService: Service {
        let name: String
        let events: AsyncStream<String>.Continuation
        var isStubborn = false

        func run() async throws {
            events.yield("\(name) runs")
            await (isStubborn ? ShutdownSignal() : ShutdownSignal.current).wait()
            events.yield(Task.isCancelled ? "\(name) cancelled" : "\(name) stopped")
            try Task.checkCancellation()
        }
    }

    private struct Broken: Error {}

    private let stop = ShutdownSignal()
    private let abort = ShutdownSignal()
    private let clock = ManualClock()
    private let log = AsyncStream.makeStream(of: String.self)

    private func member(_ name: String, isStubborn: Bool = false) -> ServiceGroup.Member {
        .init(name, ScriptedService(name: name, events: log.continuation, isStubborn: isStubborn))
    }

    private func group(_ members: [ServiceGroup.Member]) -> ServiceGroup {
        ServiceGroup(members, stop: stop, abort: abort, gracePeriod: .seconds(30), clock: clock)
    }

    /// The next events, as they come.
    private func next(_ count: Int) async -> [String] {
        var events: [String] = []
        for await event in log.stream {
            events.append(event)
            if events.count == count { break }
        }
        return events
    }

    @Test("Services start in order and stop in the reverse order")
    func order() async throws {
        let opened = ShutdownSignal()
        let first = ServiceGroup.Member("a", ScriptedService(name: "a", events: log.continuation)) {
            [events = log.continuation] in
            await opened.wait()
            events.yield("a ready")
        }
        let end = Task { try await group([first, member("b")]).run() }
        #expect(await next(1) == ["a runs"])
        opened.trigger()
        #expect(await next(2) == ["a ready", "b runs"])
        stop.trigger()
        #expect(await next(2) == ["b stopped", "a stopped"])
        try await end.value
    }

    @Test("A failing service takes the others down in good order and its error is thrown")
    func failure() async throws {
        let fail = ShutdownSignal()
        let failing = ServiceGroup.Member(
            "failing",
            ClosureService {
                await fail.wait()
                throw Broken()
            }
        )
        let end = Task { try await group([member("a"), failing]).run() }
        #expect(await next(1) == ["a runs"])
        fail.trigger()
        let error = try await #require(throws: ServiceGroupError.self) { try await end.value }
        #expect(error.code == .failed)
        #expect(error.services == ["failing"])
        #expect(error.underlying is Broken)
        #expect(await next(1) == ["a stopped"])
    }

    @Test("What has not stopped within the grace period is cancelled")
    func gracePeriod() async throws {
        let end = Task { try await group([member("a"), member("b", isStubborn: true)]).run() }
        #expect(await next(2).sorted() == ["a runs", "b runs"])
        stop.trigger()
        await clock.waitForSleepers()
        clock.advance(by: .seconds(30))
        let error = try await #require(throws: ServiceGroupError.self) { try await end.value }
        #expect(error.code == .stopTimedOut)
        #expect(error.services == ["a", "b"])
        #expect(await next(2).sorted() == ["a cancelled", "b cancelled"])
    }

    @Test("The second request stops at once, without waiting for the grace period")
    func abortAtOnce() async throws {
        let end = Task { try await group([member("a", isStubborn: true)]).run() }
        #expect(await next(1) == ["a runs"])
        stop.trigger()
        abort.trigger()
        let error = try await #require(throws: ServiceGroupError.self) { try await end.value }
        #expect(error.code == .aborted)
        #expect(await next(1) == ["a cancelled"])
    }

    @Test("A cancelled group cancels its services and says so")
    func cancellation() async {
        let group = group([member("a"), member("b", isStubborn: true)])
        let task = Task { try await group.run() }
        #expect(await next(2).sorted() == ["a runs", "b runs"])
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(await next(2).sorted() == ["a cancelled", "b cancelled"])
    }

    @Test("A group in a group stops when its turn comes")
    func nested() async throws {
        let inner = ServiceGroup([member("inner")], gracePeriod: .seconds(1), clock: clock)
        let end = Task { try await group([member("outer"), .init("nested", inner)]).run() }
        #expect(await next(2).sorted() == ["inner runs", "outer runs"])
        stop.trigger()
        #expect(await next(2) == ["inner stopped", "outer stopped"])
        try await end.value
    }
}
