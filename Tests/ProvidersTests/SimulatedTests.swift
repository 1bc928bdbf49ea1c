import KubeModel
import Synchronization
import TestSupport
import Testing

@testable import Providers

@Suite(.timeLimit(.minutes(1))) struct SimulatedTests {
    private func settings(startDelay: Duration = .zero) throws -> SimulatedSettings {
        SimulatedSettings(resources: ["cpu": try Quantity("4")], startDelay: startDelay, version: "v1.20.2")
    }

    private func run<T: Sendable>(
        _ provider: Simulated,
        _ body: @Sendable (ChangeLog) async throws -> T
    ) async throws -> T {
        let changes = ChangeLog()
        provider.onChange { changes.note($0) }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await provider.run() }
            let result = try await body(changes)
            group.cancelAll()
            return result
        }
    }

    @Test func `It keeps the contract of every provider`() async throws {
        let provider = Simulated(name: "hollow", settings: try settings())
        try await PodProviderContract(provider) { name in
            try Pod(json: PodFixture.json(uid: name, name: name))
        }.check()
    }

    @Test(
        arguments: [
            ("Never", 0, PodPhase.succeeded), ("Never", 7, .failed), ("OnFailure", 0, .succeeded),
        ] as [(String, Int64, PodPhase)]
    )
    func `A pod ends as its annotations say`(policy: String, exitCode: Int64, phase: PodPhase) async throws {
        let provider = Simulated(name: "hollow", settings: try settings())
        let pod = try PodFixture.pod(
            metadata: [
                "annotations": [
                    "simulated.martlet.dev/run-seconds": "0.001",
                    "simulated.martlet.dev/exit-code": .string("\(exitCode)"),
                ]
            ],
            spec: ["restartPolicy": .string(policy)]
        )
        try await run(provider) { changes in
            _ = try await provider.create(pod)
            try await changes.until { provider.instance(for: pod.uid)?.isTerminal == true }
            let instance = try #require(provider.instance(for: pod.uid))
            #expect(instance.phase == phase)
            let state = try instance.status().at("containerStatuses")?[0]?.at("state", "terminated")
            #expect(state?["exitCode"] == .int(exitCode))
            #expect(state?["reason"]?.string == (exitCode == 0 ? "Completed" : "Error"))
        }
    }

    @Test(arguments: ["Always", "OnFailure"])
    func `A container that fails is started again and counted`(policy: String) async throws {
        let provider = Simulated(name: "hollow", settings: try settings())
        let pod = try PodFixture.pod(
            metadata: [
                "annotations": [
                    "simulated.martlet.dev/run-seconds": "0.001", "simulated.martlet.dev/exit-code": "1",
                ]
            ],
            spec: ["restartPolicy": .string(policy)]
        )
        try await run(provider) { changes in
            _ = try await provider.create(pod)
            try await changes.until {
                let status = try? provider.instance(for: pod.uid)?.status()
                return (status?.at("containerStatuses")?[0]?["restartCount"]?.int ?? 0) >= 3
            }
            let status = try #require(try provider.instance(for: pod.uid)?.status())
            #expect(status["phase"] == "Running")
            #expect(status.at("containerStatuses")?[0]?.at("lastState", "terminated", "exitCode") == 1)
        }
    }

    @Test func `A running pod has an address, a start and a condition for everything a kubelet reports`() async throws {
        let provider = Simulated(name: "hollow", settings: try settings())
        let pod = try PodFixture.pod()
        try await run(provider) { changes in
            _ = try await provider.create(pod)
            try await changes.until { provider.instance(for: pod.uid)?.phase == .running }
            let status = try #require(try provider.instance(for: pod.uid)?.status())
            #expect(status["podIP"] == status.at("podIPs")?[0]?["ip"])
            #expect(status["startTime"]?.string.flatMap(Timestamp.parse) != nil)
            let conditions = (status["conditions"]?.array ?? []).compactMap { $0["type"]?.string }
            #expect(Set(conditions) == ["Initialized", "Ready", "ContainersReady"])
        }
    }

    @Test func `A running pod uses what its annotations say, and CPU time is a counter`() async throws {
        let clock = Mutex("2026-11-21T06:00:00Z")
        let provider = Simulated(name: "hollow", settings: try settings()) { clock.withLock { $0 } }
        let pod = try PodFixture.pod(metadata: [
            "annotations": ["simulated.martlet.dev/cpu": "250m", "simulated.martlet.dev/memory": "64Mi"]
        ])
        try await run(provider) { changes in
            #expect(provider.measured([pod.uid: pod.key]).isEmpty)
            _ = try await provider.create(pod)
            try await changes.until { provider.instance(for: pod.uid)?.phase == .running }
            clock.withLock { $0 = "2026-11-21T06:01:00Z" }
            let usage = try #require(provider.measured([pod.uid: pod.key]).first)
            #expect(usage.podUID == pod.uid)
            #expect(usage.cpuSeconds == 15)
            #expect(usage.memoryBytes == 64 << 20)
            #expect(provider.measured(["another": pod.key]).isEmpty)

            let busier = try PodFixture.pod(metadata: ["annotations": ["simulated.martlet.dev/cpu": "1"]])
            try await provider.update(busier, instance: #require(provider.instance(for: pod.uid)))
            clock.withLock { $0 = "2026-11-21T06:02:00Z" }
            #expect(provider.measured([pod.uid: pod.key]).first?.containers.first?.cpuSeconds == 75)
        }
    }

    @Test func `A pod that ran before the process started keeps its start and its address`() async throws {
        let provider = Simulated(name: "hollow", settings: try settings(startDelay: .seconds(3600)))
        let pod = try PodFixture.pod(status: [
            "phase": "Running", "podIP": "10.244.9.9", "startTime": "2026-11-21T05:00:00Z",
            "containerStatuses": [PodFixture.running(restarts: 3)],
        ])
        try await run(provider) { changes in
            _ = try await provider.create(pod)
            try await changes.until { provider.instance(for: pod.uid)?.phase == .running }
            let status = try #require(try provider.instance(for: pod.uid)?.status())
            #expect(status["podIP"] == "10.244.9.9")
            #expect(status["startTime"] == "2026-11-21T05:00:00Z")
            #expect(status.at("containerStatuses")?[0]?["restartCount"] == 3)
        }
    }
}
