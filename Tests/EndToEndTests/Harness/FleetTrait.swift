import Testing

/// Gives a suite a fleet of its own, which starts before its first test and is gone after its last. The suites in it
/// share it. A test that has the trait itself and is in no such suite has a fleet for itself.
struct FleetTrait: SuiteTrait, TestTrait, TestScoping {
    let plan: FleetPlan
    /// About how long the suite takes, the start of its fleet included. Only the order of the suites hangs on it.
    let length: Duration

    var isRecursive: Bool { true }

    /// A scope for the suite, and one for each test.
    func scopeProvider(for test: Test, testCase: Test.Case?) -> FleetTrait? {
        test.isSuite || testCase != nil ? self : nil
    }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing body: @Sendable @concurrent () async throws -> Void
    ) async throws {
        guard Fleet.isRunning else {
            return try await FleetGate.shared.withPass(isAlone: plan.isAlone, passes: plan.passes, lasting: length) {
                try await Fleet.withFleet(plan) {
                    try await provideScope(for: test, testCase: testCase, performing: body)
                }
            }
        }
        guard testCase != nil else { return try await body() }
        let fleet = Fleet.current
        do {
            try await telling.provideScope(for: test, testCase: testCase, performing: body)
        } catch {
            // What a test throws becomes an issue only beyond this scope.
            fleet.failure.set()
            throw FailedOnFleet(cause: error, logs: fleet.logs)
        }
    }

    /// Says with each failure where the logs are, and has them kept.
    private var telling: IssueHandlingTrait {
        let fleet = Fleet.current
        return .compactMapIssues { issue in
            fleet.failure.set()
            var issue = issue
            issue.comments.append("the logs are in \(fleet.logs)")
            return issue
        }
    }
}

/// A test threw an error on a fleet whose logs are kept.
struct FailedOnFleet: Error, CustomStringConvertible {
    let cause: any Error
    let logs: String

    var description: String { "\(cause)\nThe logs are in \(logs)" }
}

extension Trait where Self == FleetTrait {
    /// The suite runs on a fleet of its own: `Fleet.current`.
    ///
    /// - Parameter length: about how long it takes on two processors: longer ones go before others that wait.
    static func fleet(_ plan: FleetPlan, lasting length: Duration = .seconds(60)) -> FleetTrait {
        FleetTrait(plan: plan, length: length)
    }
}
