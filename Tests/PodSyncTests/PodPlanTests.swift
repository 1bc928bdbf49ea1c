import KubeModel
import Providers
import TestSupport
import Testing

@testable import PodSync

@Suite struct PodPlanTests {
    private func step(_ pod: Pod?, _ instance: PodInstance? = nil, departed: PodInstance? = nil) -> PodStep {
        PodPlan.step(pod: pod, instance: instance, departed: departed)
    }

    @Test func `A new pod gets an instance`() throws {
        #expect(step(try PodFixture.pod()) == .create)
    }

    @Test func `A pod whose instance is up to date is mirrored`() throws {
        let pod = try PodFixture.pod()
        #expect(step(pod, PodFixture.instance(for: pod)) == .mirror)
    }

    @Test func `A pod that changed in place is brought to its instance`() throws {
        let pod = try PodFixture.pod(metadata: ["labels": ["tier": "gold"]])
        #expect(
            step(pod, PodFixture.instance(for: pod, fingerprint: PodFingerprint(text: "of an earlier state")))
                == .update
        )
    }

    @Test func `An instance that ends is not updated`() throws {
        let pod = try PodFixture.pod()
        let ending = PodFixture.instance(
            for: pod,
            isTerminating: true,
            fingerprint: PodFingerprint(text: "of an earlier state")
        )
        #expect(step(pod, ending) == .mirror)
    }

    @Test func `What is nowhere is forgotten`() {
        #expect(step(nil) == .forget)
    }

    @Test func `An instance without its pod is an orphan`() throws {
        #expect(step(nil, PodFixture.instance(for: try PodFixture.pod())) == .endOrphan)
    }

    @Test(arguments: [0, 5, 30, 600] as [Int64])
    func `The requested grace travels to the instance`(grace: Int64) throws {
        let pod = try PodFixture.pod(metadata: PodFixture.terminating(grace: grace))
        #expect(step(pod, PodFixture.instance(for: pod)) == .end(gracePeriodSeconds: grace))
    }

    @Test func `A grace that was shortened travels too, one that was not does not`() throws {
        let pod = try PodFixture.pod(metadata: PodFixture.terminating(grace: 5))
        let longer = PodFixture.instance(for: pod, isTerminating: true, grace: 30)
        let same = PodFixture.instance(for: pod, isTerminating: true, grace: 5)
        #expect(step(pod, longer) == .end(gracePeriodSeconds: 5))
        #expect(step(pod, same) == .mirror)
    }

    @Test func `A terminating pod without an instance is released, whether it ever ran or not`() throws {
        let metadata = PodFixture.terminating(grace: 30)
        #expect(step(try PodFixture.pod(metadata: metadata)) == .release)
        let ran = try PodFixture.pod(
            metadata: metadata,
            status: ["phase": "Running", "containerStatuses": [PodFixture.running()]]
        )
        #expect(step(ran) == .release)
    }

    @Test func `The end of a terminating pod is told before the pod goes`() throws {
        let pod = try PodFixture.pod(metadata: PodFixture.terminating(grace: 30), status: ["phase": "Running"])
        let departed = PodFixture.instance(for: pod, phase: .failed, isTerminating: true)
        #expect(step(pod, departed: departed) == .mirrorDeparted)
        let told = try PodFixture.pod(metadata: PodFixture.terminating(grace: 30), status: ["phase": "Failed"])
        #expect(step(told, departed: departed) == .release)
    }

    @Test(arguments: [PodPhase.succeeded, .failed], ["Always", "OnFailure", "Never"])
    func `A finished pod never runs again`(phase: PodPhase, policy: String) throws {
        let pod = try PodFixture.pod(
            spec: ["restartPolicy": .string(policy)],
            status: ["phase": .string(phase.rawValue)]
        )
        #expect(step(pod) == .rest)
        #expect(step(pod, PodFixture.instance(for: pod, phase: phase)) == .rest)
        #expect(step(pod, PodFixture.instance(for: pod)) == .end(gracePeriodSeconds: nil))
    }

    @Test(arguments: [("Always", PodStep.create), ("OnFailure", .failLost), ("Never", .failLost)])
    func `An instance that went unseen while it ran comes back unless its end may have been the pod's`(
        policy: String,
        expected: PodStep
    ) throws {
        let pod = try PodFixture.pod(
            spec: ["restartPolicy": .string(policy)],
            status: ["phase": "Running", "containerStatuses": [PodFixture.running()]]
        )
        #expect(step(pod) == expected)
    }

    @Test(arguments: [("Always", PodStep.create), ("OnFailure", .create), ("Never", .failLost)])
    func `An instance that was followed while it was taken away comes back unless the pod may run only once`(
        policy: String,
        expected: PodStep
    ) throws {
        let pod = try PodFixture.pod(
            spec: ["restartPolicy": .string(policy)],
            status: ["phase": "Running", "containerStatuses": [PodFixture.running()]]
        )
        let running: JSON = ["containerStatuses": [PodFixture.running()]]
        let departed = PodFixture.instance(for: pod, status: running)
        #expect(step(pod, departed: departed) == expected)
        let unseen = departed.departed(isFollowedToEnd: false)
        #expect(step(pod, departed: unseen) == (policy == "Always" ? .create : .failLost))
    }

    /// What a pod that never showed a container says of its instance, and what a process makes of it that has not asked
    /// for one itself.
    @Test(
        arguments: [
            ("Always", "True", PodStep.create), ("OnFailure", "True", .failLost), ("Never", "True", .failLost),
            ("OnFailure", "Unknown", .failLost), ("Never", "Unknown", .failLost),
            ("OnFailure", "False", .create), ("Never", "False", .create),
            ("OnFailure", nil, .create), ("Never", nil, .create),
        ] as [(String, String?, PodStep)]
    )
    func `A pod that may have had an instance is not given another one unless it may run again`(
        policy: String,
        mark: String?,
        expected: PodStep
    ) throws {
        let condition = mark.map { ["type": "martlet.dev/Delegated", "status": .string($0)] as JSON }
        let pod = try PodFixture.pod(
            spec: ["restartPolicy": .string(policy)],
            status: ["phase": "Pending", "conditions": .array(condition.map { [$0] } ?? [])]
        )
        #expect(step(pod) == expected)
        #expect(PodPlan.step(pod: pod, instance: nil, departed: nil, attempt: .unmade) == .create)
        let departed = PodFixture.instance(for: pod, phase: .pending)
        #expect(step(pod, departed: departed) == .create, "it was followed, and never ran")
    }

    @Test(arguments: [("Always", PodStep.create), ("OnFailure", .failLost), ("Never", .failLost)])
    func `An instance that may have been made is not made again, whatever was seen of an earlier one`(
        policy: String,
        expected: PodStep
    ) throws {
        let pod = try PodFixture.pod(spec: ["restartPolicy": .string(policy)], status: ["phase": "Pending"])
        #expect(PodPlan.step(pod: pod, instance: nil, departed: nil, attempt: .doubtful) == expected)
        let departed = PodFixture.instance(for: pod, phase: .pending)
        #expect(PodPlan.step(pod: pod, instance: nil, departed: departed, attempt: .doubtful) == expected)
    }

    @Test func `A pod that may run once and was taken on may have run unseen`() throws {
        let taken: JSON = ["phase": "Pending", "startTime": "2026-11-21T06:00:00Z"]
        #expect(step(try PodFixture.pod(spec: ["restartPolicy": "Never"], status: taken)) == .failLost)
        #expect(step(try PodFixture.pod(spec: ["restartPolicy": "OnFailure"], status: taken)) == .failLost)
        #expect(step(try PodFixture.pod(status: taken)) == .create)
    }

    @Test func `A container that ended with success is not run again by a new instance`() throws {
        let finished: JSON = ["name": "main", "restartCount": 0, "state": ["terminated": ["exitCode": 0]]]
        let failed: JSON = ["name": "main", "restartCount": 0, "state": ["terminated": ["exitCode": 1]]]
        func pod(_ container: JSON, _ policy: String) throws -> Pod {
            try PodFixture.pod(
                spec: ["restartPolicy": .string(policy)],
                status: ["phase": "Running", "containerStatuses": [container, PodFixture.running("other")]]
            )
        }
        #expect(step(try pod(finished, "OnFailure")) == .failLost)
        let again = try pod(failed, "OnFailure")
        #expect(step(again, departed: PodFixture.instance(for: again)) == .create)
        #expect(step(try pod(finished, "Always")) == .create)
        let fresh = try PodFixture.pod(spec: ["restartPolicy": "OnFailure"])
        let departed = PodFixture.instance(for: fresh, status: ["containerStatuses": [finished]])
        #expect(step(fresh, departed: departed) == .failLost)
        // By the word of the pod alone: an earlier instance has seen the success, the last one has not.
        let late = try pod(finished, "OnFailure")
        #expect(step(late, departed: PodFixture.instance(for: late)) == .failLost)
    }

    @Test func `A run that was not reported yet counts as a run`() throws {
        let pod = try PodFixture.pod(spec: ["restartPolicy": "Never"])
        let departed = PodFixture.instance(for: pod, status: ["containerStatuses": [PodFixture.running()]])
        #expect(step(pod, departed: departed) == .failLost)
    }

    @Test func `An instance that never ran is made again whatever the policy`() throws {
        let pod = try PodFixture.pod(spec: ["restartPolicy": "Never"])
        #expect(step(pod, departed: PodFixture.instance(for: pod, phase: .pending)) == .create)
    }

    @Test(arguments: [
        ("Always", PodPhase.failed, true, false), ("Always", .failed, false, true),
        ("OnFailure", .failed, true, false), ("OnFailure", .succeeded, true, true),
        ("Never", .failed, true, true), ("Never", .succeeded, true, true),
    ])
    func `A terminal phase is final unless a stranger's deletion caused it`(
        policy: String,
        phase: PodPhase,
        wasDeleted: Bool,
        isFinal: Bool
    ) throws {
        let pod = try PodFixture.pod(spec: ["restartPolicy": .string(policy)], status: ["phase": "Running"])
        let departed = PodFixture.instance(for: pod, phase: phase, isTerminating: wasDeleted)
        #expect(step(pod, departed: departed) == (isFinal ? .mirrorDeparted : .create))
    }

    // MARK: - Instances whose node is gone

    /// Whether the node answers, the instance's end was asked for, the pod has a controller, and the step.
    @Test(
        arguments: [
            (true, true, true, .evict), (true, true, false, .mirror), (true, false, true, .mirror),
            (false, true, true, .mirror),
        ] as [(Bool, Bool, Bool, PodStep)]
    )
    func `A pod is given up with its instance where somebody will replace it`(
        isStranded: Bool,
        isTerminating: Bool,
        isOwned: Bool,
        expected: PodStep
    ) throws {
        let pod = try PodFixture.pod(metadata: isOwned ? PodFixture.owned() : [:])
        let instance = PodFixture.instance(for: pod, isTerminating: isTerminating)
        #expect(PodPlan.step(pod: pod, instance: instance, departed: nil, isStranded: isStranded) == expected)
    }

    @Test(
        arguments: [
            (.open, .mirror, .create), (.waiting(.seconds(1)), .mirror, .create), (.overdue, .withdraw, .create),
            (.withdrawn, .failUnplaced, .failUnplaced),
        ] as [(PodPlacing, PodStep, PodStep)]
    )
    func `An instance without a node is withdrawn in time, and then the pod can only fail`(
        placing: PodPlacing,
        withInstance: PodStep,
        without: PodStep
    ) throws {
        let pod = try PodFixture.pod(metadata: PodFixture.owned())
        let instance = PodFixture.instance(for: pod, phase: .pending)
        #expect(PodPlan.step(pod: pod, instance: instance, departed: nil, placing: placing) == withInstance)
        #expect(PodPlan.step(pod: pod, instance: nil, departed: nil, placing: placing) == without)
        let ending = try PodFixture.pod(metadata: PodFixture.terminating(grace: 5))
        #expect(PodPlan.step(pod: ending, instance: nil, departed: nil, placing: placing) == .release)
        #expect(
            PodPlan.step(pod: ending, instance: instance, departed: nil, placing: placing)
                == .end(gracePeriodSeconds: 5)
        )
    }

    @Test func `An instance that ended before its node was lost is no reason to give up the pod`() throws {
        let pod = try PodFixture.pod(metadata: PodFixture.owned())
        let ended = PodFixture.instance(for: pod, phase: .succeeded, isTerminating: true)
        #expect(PodPlan.step(pod: pod, instance: ended, departed: nil, isStranded: true) == .mirror)
    }

    @Test(arguments: [("Always", PodStep.create), ("OnFailure", .create), ("Never", .mirrorDeparted)])
    func `An instance that its cluster made Failed because its node was removed has not failed by itself`(
        policy: String,
        expected: PodStep
    ) throws {
        let pod = try PodFixture.pod(
            spec: ["restartPolicy": .string(policy)],
            status: ["phase": "Running", "containerStatuses": [PodFixture.running()]]
        )
        let status: JSON = [
            "containerStatuses": [PodFixture.running()], "conditions": [PodFixture.disruption("DeletionByPodGC")],
        ]
        let departed = PodFixture.instance(for: pod, phase: .failed, status: status)
        #expect(step(pod, departed: departed) == expected)
        let evicted: JSON = ["conditions": [PodFixture.disruption("TerminationByKubelet")]]
        let byKubelet = PodFixture.instance(for: pod, phase: .failed, status: evicted)
        #expect(step(pod, departed: byKubelet) == .mirrorDeparted)
    }
}
