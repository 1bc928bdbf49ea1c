import Testing

@testable import KubeClient

@Suite struct ReflectorPlanTests {
    typealias Plan = ReflectorPlan
    typealias Pause = ReflectorPlan.Pause

    private static let expired = APIError(.expired, status: 410, message: "too old")
    private static let busy = APIError(.tooManyRequests, status: 429, message: "busy", retryAfter: .seconds(9))

    private static func watching() -> Plan {
        var plan = Plan()
        _ = plan.next(after: .listed(resourceVersion: "5"), now: .zero)
        return plan
    }

    /// A watch that came to version 7, with events and for a time unless said otherwise.
    private static func watch(events: Int = 1, lasted: Duration = .seconds(90)) -> Plan.WatchSummary {
        Plan.WatchSummary(resourceVersion: "7", events: events, lasted: lasted)
    }

    @Test("It begins with what the server has at hand and watches from the list's version")
    func start() {
        var plan = Plan()
        #expect(plan.position == .cached)
        #expect(plan.next(after: .listed(resourceVersion: "5"), now: .zero) == .none)
        #expect(plan.position == .watching(from: "5"))
    }

    @Test(
        "How a watch ends decides where it goes on, and how soon",
        arguments: [
            (.watchEnded(watch()), .watching(from: "7"), .none),
            (.watchEnded(watch(events: 0)), .watching(from: "7"), .none),
            (.watchEnded(watch(events: 1, lasted: .zero)), .watching(from: "7"), .none),
            (.watchEnded(watch(events: 0, lasted: .milliseconds(999))), .watching(from: "7"), backoff(1)),
            (.watchStalled(watch()), .watching(from: "7"), backoff(1)),
            (.watchFailed(expired, watch()), .atLeast("7"), .none),
            (.watchFailed(APIError(.gone, status: 410, message: ""), watch()), .atLeast("7"), .none),
            (.watchFailed(busy, watch()), .watching(from: "7"), backoff(1, atLeast: .seconds(9))),
            (.watchFailed(error(.unreachable), watch(events: 0)), .resuming(from: "7"), backoff(1)),
            (.watchFailed(error(.tls), watch()), .watching(from: "7"), backoff(1)),
            (.watchFailed(error(.credentials), watch()), .watching(from: "7"), backoff(1)),
            (.watchFailed(error(.timeout), watch()), .watching(from: "7"), backoff(1)),
            (.watchFailed(error(.interrupted), watch()), .resuming(from: "7"), .none),
            (.watchFailed(error(.interrupted), watch(events: 0, lasted: .zero)), .resuming(from: "7"), backoff(1)),
            (.watchFailed(error(.serverError, 500), watch()), .watching(from: "7"), backoff(1)),
            (.watchFailed(error(.serviceUnavailable, 503), watch()), .watching(from: "7"), backoff(1)),
            (.watchFailed(error(.timeout, 504), watch()), .atLeast("7"), backoff(1)),
            (.watchFailed(error(.forbidden, 403), watch()), .atLeast("7"), backoff(1)),
            (.watchFailed(error(.decoding), watch()), .atLeast("7"), backoff(1)),
        ] as [(Plan.Outcome, Plan.Position, Pause)]
    )
    func watchOutcomes(outcome: Plan.Outcome, position: Plan.Position, pause: Pause) {
        var plan = Self.watching()
        #expect(plan.next(after: outcome, now: .seconds(100)) == pause)
        #expect(plan.position == position)
    }

    private static func error(_ code: APIError.Code, _ status: Int? = nil) -> APIError {
        APIError(code, status: status, message: "")
    }

    private static func backoff(_ failures: Int, atLeast: Duration = .zero) -> Pause {
        .backoff(failures: failures, atLeast: atLeast)
    }

    @Test(
        "Only a list that says so itself makes it read the newest state",
        arguments: [
            (expired, .mostRecent, .none),
            (APIError(.timeout, status: 504, message: "Too large resource version: 8, current: 2"), .mostRecent, .none),
            (error(.unreachable), .atLeast("7"), backoff(1)),
            (error(.forbidden, 403), .atLeast("7"), backoff(1)),
            (error(.timeout, 504), .atLeast("7"), backoff(1)),
            (busy, .atLeast("7"), backoff(1, atLeast: .seconds(9))),
            (
                APIError(.tooManyRequests, status: 429, message: "", retryAfter: .seconds(9999)), .atLeast("7"),
                backoff(1, atLeast: .seconds(60))
            ),
        ] as [(APIError, Plan.Position, Pause)]
    )
    func listOutcomes(error: APIError, position: Plan.Position, pause: Pause) {
        var plan = Plan(position: .atLeast("7"))
        #expect(plan.next(after: .listFailed(error), now: .zero) == pause)
        #expect(plan.position == position)
    }

    @Test("A second expiry within a minute backs off, a later one does not")
    func expiries() {
        var plan = Self.watching()
        #expect(plan.next(after: .watchFailed(Self.expired, Self.watch()), now: .seconds(10)) == .none)
        #expect(plan.next(after: .listFailed(Self.expired), now: .seconds(69)) == Self.backoff(1))
        #expect(plan.position == .mostRecent)
        #expect(plan.next(after: .listFailed(Self.expired), now: .seconds(100)) == Self.backoff(2))
        _ = plan.next(after: .listed(resourceVersion: "9"), now: .seconds(101))
        #expect(plan.next(after: .watchFailed(Self.expired, Self.watch()), now: .seconds(160)) == .none)
    }

    @Test("Backoff grows over failures of every kind, through moments of health, until two minutes of it")
    func backoffGrows() {
        var plan = Plan()
        #expect(plan.next(after: .listFailed(Self.error(.unreachable)), now: .seconds(1)) == Self.backoff(1))
        #expect(plan.next(after: .listFailed(Self.error(.unreachable)), now: .seconds(2)) == Self.backoff(2))
        _ = plan.next(after: .listed(resourceVersion: "5"), now: .seconds(3))
        #expect(plan.next(after: .watchStalled(Self.watch()), now: .seconds(122)) == Self.backoff(3))
        plan.gotThrough(now: .seconds(130))
        plan.gotThrough(now: .seconds(200))
        #expect(plan.next(after: .watchStalled(Self.watch()), now: .seconds(250)) == Self.backoff(1))
    }

    @Test("A time of failure is no time of health")
    func failureIsNoHealth() {
        var plan = Plan()
        _ = plan.next(after: .listed(resourceVersion: "5"), now: .zero)
        _ = plan.next(after: .watchStalled(Self.watch()), now: .seconds(10))
        #expect(plan.next(after: .watchStalled(Self.watch()), now: .seconds(500)) == Self.backoff(2))
    }

    @Test("Failures in a row are counted from the last attempt that got through")
    func consecutive() {
        var plan = Plan()
        _ = plan.next(after: .listFailed(Self.error(.unreachable)), now: .seconds(1))
        _ = plan.next(after: .listFailed(Self.error(.unreachable)), now: .seconds(2))
        #expect(plan.consecutive == 2)
        _ = plan.next(after: .listed(resourceVersion: "5"), now: .seconds(3))
        #expect(plan.consecutive == 0)
        _ = plan.next(after: .watchStalled(Self.watch()), now: .seconds(4))
        #expect(plan.consecutive == 1)
        #expect(plan.failures == 3)
    }

    @Test("Errors of the server are endured for a time, then it lists anew")
    func serverErrors() {
        var plan = Self.watching()
        let failure = Plan.Outcome.watchFailed(Self.error(.serverError, 500), Self.watch(events: 0))
        for second in [10, 20, 39] {
            _ = plan.next(after: failure, now: .seconds(second))
            #expect(plan.position == .watching(from: "7"))
        }
        _ = plan.next(after: failure, now: .seconds(40))
        #expect(plan.position == .atLeast("7"))
    }

    @Test("Events between errors of the server start the time anew")
    func serverErrorsWithEvents() {
        var plan = Self.watching()
        let silent = Plan.Outcome.watchFailed(Self.error(.serverError, 500), Self.watch(events: 0))
        let told = Plan.Outcome.watchFailed(Self.error(.serverError, 500), Self.watch(events: 3))
        _ = plan.next(after: silent, now: .seconds(10))
        _ = plan.next(after: told, now: .seconds(39))
        _ = plan.next(after: silent, now: .seconds(60))
        #expect(plan.position == .watching(from: "7"))
        _ = plan.next(after: .watchEnded(Self.watch()), now: .seconds(61))
        _ = plan.next(after: silent, now: .seconds(80))
        #expect(plan.position == .watching(from: "7"))
    }
}
