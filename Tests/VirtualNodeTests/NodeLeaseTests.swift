import KubeModel
import Observability
import Synchronization
import TestSupport
import Testing

@testable import VirtualNode

@Suite(.timeLimit(.minutes(1))) struct NodeLeaseTests {
    private static let path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
    private let state = VirtualNodeState()
    private let clock = ManualClock()

    private func run(
        _ origin: ScriptedOrigin,
        metrics: MetricsRegistry = MetricsRegistry(),
        now: @escaping @Sendable () -> Duration = WallClock.sinceEpoch
    ) -> Task<Void, any Error> {
        let lease = NodeLease(
            nodeName: "us-east",
            client: origin.client(),
            state: state,
            clock: clock,
            now: now,
            logger: InMemoryLogSink().logger(),
            metrics: metrics
        )
        state.set(registration: .registered("uid-1"))
        return Task { try await lease.run() }
    }

    private func owner(_ call: ScriptedOrigin.Call?) -> String? {
        call?.body.at("metadata", "ownerReferences")?[0]?["uid"]?.string
    }

    @Test func `The lease is renewed every ten seconds, for the node as it is then`() async throws {
        let origin = ScriptedOrigin { ($0.method == "POST" ? 500 : 200, [:]) }
        let task = run(origin)
        var calls = origin.calls.makeAsyncIterator()
        #expect(await calls.next()?.line == "GET \(Self.path)/us-east")
        let first = await calls.next()
        #expect(first?.line == "PATCH \(Self.path)/us-east")
        #expect(owner(first) == "uid-1")
        await clock.waitForSleepers()
        state.set(registration: .registered("uid-2"))
        clock.advance(by: .milliseconds(9999))
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .milliseconds(1))
        #expect(owner(await calls.next()) == "uid-2")
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `A lease that is not there is made`() async throws {
        let origin = ScriptedOrigin { call in
            call.method == "POST" ? (201, [:]) : ScriptedOrigin.failure(404, "NotFound")
        }
        let task = run(origin)
        var calls = origin.calls.makeAsyncIterator()
        #expect(await calls.next()?.line == "GET \(Self.path)/us-east")
        #expect(await calls.next()?.line == "PATCH \(Self.path)/us-east")
        #expect(await calls.next()?.line == "POST \(Self.path)")
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `A lease that may not be read is renewed`() async throws {
        let origin = ScriptedOrigin { call in
            call.method == "GET" ? ScriptedOrigin.failure(403, "Forbidden") : (200, [:])
        }
        let task = run(origin)
        var calls = origin.calls.makeAsyncIterator()
        #expect(await calls.next()?.method == "GET")
        #expect(await calls.next()?.method == "PATCH")
        await clock.waitForSleepers()
        clock.advance(by: .seconds(10))
        #expect(await calls.next()?.method == "PATCH")
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `A clock that is set back takes no renewal back, also not that of the process before`() async throws {
        let origin = ScriptedOrigin { _ in (200, ["spec": ["renewTime": "2026-01-02T04:04:05.000000Z"]]) }
        let time = Mutex(Duration.seconds(1_767_323_045))
        let task = run(origin, now: { time.withLock { $0 } })
        var calls = origin.calls.makeAsyncIterator()
        #expect(await calls.next()?.method == "GET")
        var times: [String?] = []
        for step in [Duration.seconds(7_200), .seconds(-3_600), .zero] {
            times.append(await calls.next()?.body.at("spec", "renewTime")?.string)
            await clock.waitForSleepers()
            time.withLock { $0 += step }
            clock.advance(by: .seconds(10))
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(
            times == ["2026-01-02T04:04:05.001000Z", "2026-01-02T05:04:05.000000Z", "2026-01-02T05:04:05.001000Z"]
        )
    }

    @Test func `A lease that is given back has no holder, and one that is not there needs none`() async throws {
        let origin = ScriptedOrigin { _ in (200, [:]) }
        try await NodeLease.release("us-east", by: origin.client())
        #expect(origin.asked.map(\.line) == ["PATCH \(Self.path)/us-east"])
        #expect(origin.asked.first?.body == ["spec": ["holderIdentity": .null]])
        try await NodeLease.release(
            "us-east",
            by: ScriptedOrigin { _ in ScriptedOrigin.failure(404, "NotFound") }.client()
        )
    }

    @Test func `An origin that refuses renewals is in sight`() async throws {
        let origin = ScriptedOrigin { call in
            call.method == "PATCH" ? ScriptedOrigin.failure(403, "Forbidden") : (200, [:])
        }
        state.onOriginTurn { Issue.record("told \($0)") }
        let task = run(origin)
        var calls = origin.calls.makeAsyncIterator()
        var refusals = 0
        while refusals < 4 {
            if await calls.next()?.method == "PATCH" { refusals += 1 }
            await clock.waitForSleepers()
            clock.advance(by: .seconds(10))
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `An origin that was told nothing for half a lease is out of reach until a renewal gets through`()
        async throws
    {
        let isCut = Mutex(false)
        let origin = ScriptedOrigin { _ in
            isCut.withLock { $0 } ? ScriptedOrigin.failure(500, "InternalError") : (200, [:])
        }
        let told = Mutex<[Bool]>([])
        state.onOriginTurn { isInSight in told.withLock { $0.append(isInSight) } }
        let task = run(origin)
        var calls = origin.calls.makeAsyncIterator()
        #expect(await calls.next()?.method == "GET")
        // Whether the next renewal fails, and what is told by the end of this one.
        let renewals: [(Bool, [Bool])] = [
            (true, []), (true, []), (true, []), (false, [false]), (false, [false, true]),
        ]
        for (cut, expected) in renewals {
            #expect(await calls.next()?.method == "PATCH")
            await clock.waitForSleepers()
            #expect(told.withLock { $0 } == expected)
            isCut.withLock { $0 = cut }
            clock.advance(by: .seconds(10))
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `A renewal that fails is tried again long before the next is due, and counted`() async throws {
        let origin = ScriptedOrigin { _ in ScriptedOrigin.failure(500, "InternalError") }
        let metrics = MetricsRegistry()
        let task = run(origin, metrics: metrics)
        var calls = origin.calls.makeAsyncIterator()
        for count in 1...3 {
            #expect(await calls.next()?.method == "GET")
            await clock.waitForSleepers()
            #expect(metrics.text().contains("martlet_node_lease_failures_total{cluster=\"us-east\"} \(count)"))
            clock.advance(by: .seconds(2))
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
