import KubeClient
import KubeModel
import Testing

@testable import Providers

@Suite struct RoundTripEstimateTests {
    private func estimate(_ milliseconds: [Int]) -> RoundTripEstimate {
        var estimate = RoundTripEstimate()
        for sample in milliseconds { estimate.note(.milliseconds(sample)) }
        return estimate
    }

    /// The times of answered probes in milliseconds, the failures since, and what the next one may take.
    @Test(
        arguments: [
            ([], 0, 10_000), ([], 2, 10_000),
            ([20], 0, 3000), ([20], 1, 6000), ([20], 2, 12_000), ([20], 3, 15_000), ([20], 1000, 15_000),
            // A new connection of a remote with 3 s of round trip takes 9 s and more.
            ([9000], 0, 15_000), (Array(repeating: 3000, count: 30), 0, 12_000),
            (Array(repeating: 1000, count: 30), 0, 4000),
        ] as [([Int], Int, Int)]
    )
    func `The time-out follows what answers take, within bounds`(samples: [Int], failures: Int, milliseconds: Int) {
        let timeout = estimate(samples).timeout(afterFailures: failures)
        #expect(abs((timeout - .milliseconds(milliseconds)) / .milliseconds(1)) < 50, "\(timeout)")
    }

    @Test func `Answers that vary widen the time-out`() {
        let even = estimate(Array(repeating: 1500, count: 40)).timeout(afterFailures: 0)
        let uneven = estimate(Array(repeating: [200, 2800], count: 20).flatMap(\.self)).timeout(afterFailures: 0)
        #expect(uneven > even)
    }

    @Test(arguments: [[], [20], Array(repeating: 3000, count: 30)])
    func `A silent remote is found out in less than a minute`(samples: [Int]) {
        let estimate = estimate(samples)
        var elapsed = RemoteConnection.probeInterval
        for failures in 0..<3 {
            let timeout = estimate.timeout(afterFailures: failures)
            elapsed += failures == 2 ? timeout : max(timeout, RemoteConnection.probeInterval)
        }
        #expect(elapsed < .seconds(60))
        if samples == [20] { #expect(elapsed <= .seconds(30)) }
    }

    @Test func `What is told is the least of the last answers`() {
        var window = RoundTripWindow()
        #expect(window.least == nil)
        for sample in [40, 23, 90] { window.note(.milliseconds(sample)) }
        #expect(window.least == .milliseconds(23))
        for _ in 1...RoundTripWindow.size { window.note(.milliseconds(60)) }
        #expect(window.least == .milliseconds(60), "the way has become longer")
    }

    @Test(
        arguments: [
            (20.0, 20.0, false), (20, 22, false), (20, 22.1, true), (20, 5, false), (0.5, 1.4, false), (0.5, 1.6, true),
        ]
    )
    func `A late answer is worth a second look`(least: Double, milliseconds: Double, isLate: Bool) {
        var window = RoundTripWindow()
        #expect(!window.isLate(.seconds(1)), "nothing is known yet, and the first answer is waited for")
        window.note(.milliseconds(least))
        #expect(window.isLate(.milliseconds(milliseconds)) == isLate)
    }

    @Test(
        arguments: [
            (APIError(.unreachable, message: ""), .silent), (APIError(.timeout, message: ""), .silent),
            (APIError(.tls, message: ""), .silent), (APIError(.interrupted, message: ""), .silent),
            (APIError(.credentials, message: ""), .unauthorized),
            (APIError(.unauthorized, status: 401, message: ""), .unauthorized),
            (APIError(.forbidden, status: 403, message: ""), .forbidden),
            (APIError(.tooManyRequests, status: 429, message: ""), .busy),
            (APIError(.serviceUnavailable, status: 503, message: "", retryAfter: .seconds(1)), .busy),
            (APIError(.serviceUnavailable, status: 503, message: ""), .unhealthy),
            (APIError(.serverError, status: 500, message: ""), .unhealthy),
            (APIError(.noSuchPath, status: 404, message: ""), .unhealthy),
        ] as [(APIError, ProbeFailure.Kind)]
    )
    func `A server that asks for patience is there, one that refuses us is not`(
        error: APIError,
        kind: ProbeFailure.Kind
    ) {
        #expect(ProbeFailure(error).kind == kind)
    }
}
