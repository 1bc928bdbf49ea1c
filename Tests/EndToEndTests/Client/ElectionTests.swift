import KubeClient
import KubeModel
import Observability
import Synchronization
import TestSupport
import Testbed
import Testing

extension ClientTests {
    /// Leases, and what is told of objects.
    @Suite struct ElectionTests {}
}

extension ClientTests.ElectionTests {
    @Test("A leader that ends hands over at once, long before its lease would")
    func handOver() async throws {
        let timing = try ElectionTiming(
            leaseDuration: .seconds(120),
            renewDeadline: .seconds(60),
            retryPeriod: .milliseconds(300)
        )
        try await withCandidates(timing, first: TestServer.current.client) { leader, namespace, story in
            let lease = { try await TestServer.current.client.get(.leases, namespace: namespace, name: "work") }
            try await eventually("the lease is renewed") {
                let lease = try await lease()
                return lease.at("spec", "renewTime") != lease.at("spec", "acquireTime")
            }
            #expect(story.words == ["first leads"])
            leader.cancel()
            _ = await leader.result
            try await story.tells(["first leads", "first ends", "second leads"])
            #expect(try await lease().at("spec", "holderIdentity") == "second")
            #expect(try await lease().at("spec", "leaseTransitions")?.int == 1)
        }
    }

    @Test("A leader that is cut off stops before another one starts", .timeLimit(.minutes(2)))
    func cutOff() async throws {
        let timing = try ElectionTiming(
            leaseDuration: .seconds(6),
            renewDeadline: .seconds(3),
            retryPeriod: .milliseconds(500)
        )
        let server = TestServer.current
        try await withCandidates(timing, first: server.clientOverRelay) { leader, _, story in
            try await server.relay.set(.stalled)
            await #expect(throws: LeadershipLost.self) { try await leader.value }
            try await story.tells(["first leads", "first ends", "second leads"])
            try await server.relay.set(.open)
        }
    }

    @Test("What is recorded of an object is what kubectl describe shows of it")
    func events() async throws {
        let server = TestServer.current
        let namespace = try await server.makeNamespace("events")
        let object = try await server.makeConfigMap("subject", in: namespace)
        let recorder = EventRecorder(
            client: server.client,
            component: "martlet",
            logger: .quiet,
            metrics: MetricsRegistry()
        )
        let subject = ObjectReference(.configMaps, ObjectMeta(object))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await recorder.run() }
            for _ in 0..<3 {
                recorder.record(about: subject, type: .warning, reason: "Strange", message: "It is \"odd\": 1 < 2.")
            }
            recorder.record(about: subject, type: .normal, reason: "Fine", message: "It is well again.")
            try await eventually("kubectl describe shows both") {
                try await server.control.kubectl("--namespace", namespace, "describe", "configmap", "subject")
            } until: { text in
                text.contains("It is \"odd\": 1 < 2.") && text.contains("(x3 over") && text.contains("Fine")
                    && text.contains("martlet")
            }
            group.cancelAll()
        }
    }

    /// Runs the body with a first candidate that leads, and a second one, whose way is not disturbed, that would like to.
    private func withCandidates(
        _ timing: ElectionTiming,
        first client: APIClient,
        _ body: (_ leader: Task<Void, any Error>, _ namespace: String, _ story: Story) async throws -> Void
    ) async throws {
        let (server, story) = (TestServer.current, Story())
        let namespace = try await server.makeNamespace("election")
        let first = election("first", namespace, by: client, timing)
        let second = election("second", namespace, by: server.client, timing)
        try await withThrowingTaskGroup(of: Void.self) { group in
            // Not of the group, because it is to end alone; the body waits for that.
            let leader = Task { try await lead(first, as: "first", story) }
            defer { leader.cancel() }
            try await story.tells(["first leads"])
            group.addTask { try await self.lead(second, as: "second", story) }
            try await body(leader, namespace, story)
            group.cancelAll()
        }
    }

    private func election(
        _ identity: String,
        _ namespace: String,
        by client: APIClient,
        _ timing: ElectionTiming
    ) -> LeaderElection {
        LeaderElection(
            client: client,
            namespace: namespace,
            name: "work",
            identity: identity,
            timing: timing,
            logger: Logger(label: "tests", level: .error, sink: InMemoryLogSink()),
            metrics: MetricsRegistry()
        )
    }

    /// Leads until cancelled or no longer leader.
    private func lead(_ election: LeaderElection, as name: String, _ story: Story) async throws {
        try await election.withLeadership {
            story.tell("\(name) leads")
            defer { story.tell("\(name) ends") }
            try await Task.sleep(for: .seconds(600))
        }
    }
}

/// What happened, in order.
private final class Story: Sendable {
    private let log = Mutex<[String]>([])

    var words: [String] { log.withLock { $0 } }

    func tell(_ word: String) {
        log.withLock { $0.append(word) }
    }

    /// Waits until exactly this has happened.
    func tells(_ wanted: [String]) async throws {
        try await eventually("it happened that \(wanted)") {
            words
        } until: {
            $0 == wanted
        }
    }
}
