import KubeModel
import Testing

@testable import KubeClient

@Suite struct ElectionStateTests {
    private func lease(_ holder: String, renew: Int = 0, duration: Int64? = 15, version: String = "1") throws -> Lease {
        var spec: JSON = [
            "holderIdentity": .string(holder), "leaseTransitions": 4,
            "renewTime": .string(Timestamp.formatMicro(Double(renew))),
        ]
        spec["leaseDurationSeconds"] = duration.map(JSON.int)
        return try Lease(json: ["metadata": ["name": "l", "resourceVersion": .string(version)], "spec": spec])
    }

    private func state() -> ElectionState { ElectionState(identity: "me", fallbackDuration: .seconds(20)) }

    @Test("A lease of another runs out when it has not changed before our eyes for its duration")
    func expiry() throws {
        var state = state()
        try state.observe(lease("other"), now: .seconds(100))
        try state.observe(lease("other", version: "2"), now: .seconds(110))
        #expect(!state.mayTake(now: .seconds(114)))
        #expect(state.mayTake(now: .seconds(115)))
        try state.observe(lease("other", renew: 1), now: .seconds(114))
        #expect(!state.mayTake(now: .seconds(128)))
        #expect(state.mayTake(now: .seconds(129)))
    }

    @Test("A lease that does not say how long it lasts lasts as long as ours would")
    func fallback() throws {
        var state = state()
        try state.observe(lease("other", duration: nil), now: .zero)
        #expect(!state.mayTake(now: .seconds(19)))
        #expect(state.mayTake(now: .seconds(20)))
    }

    @Test("A lease that is ours, or nobody's, may be taken at once", arguments: ["me", ""])
    func free(holder: String) throws {
        var state = state()
        try state.observe(lease(holder), now: .zero)
        #expect(state.mayTake(now: .zero))
    }

    @Test("The count of changes of hand grows when the hand changes")
    func transitions() throws {
        var state = state()
        #expect(state.nextTransitions == 0)
        try state.observe(lease("other"), now: .zero)
        #expect(state.nextTransitions == 5)
        try state.observe(lease("me"), now: .zero)
        #expect(state.nextTransitions == 4)
    }

    @Test(
        "Times that can't work together are refused",
        arguments: [(15, 15, 2), (10, 12, 2), (15, 10, 9), (15, 10, 0), (0, -1, -3)]
    )
    func invalidTiming(lease: Int, renew: Int, retry: Int) {
        #expect(throws: InvalidElectionTiming.self) {
            try ElectionTiming(
                leaseDuration: .seconds(lease),
                renewDeadline: .seconds(renew),
                retryPeriod: .seconds(retry)
            )
        }
    }

    @Test("The standard times pass their own rules")
    func standardTiming() throws {
        let standard = ElectionTiming.standard
        #expect(
            try ElectionTiming(
                leaseDuration: standard.leaseDuration,
                renewDeadline: standard.renewDeadline,
                retryPeriod: standard.retryPeriod
            ) == standard
        )
    }
}
