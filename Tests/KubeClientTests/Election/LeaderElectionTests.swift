import KubeModel
import Observability
import Synchronization
import TestSupport
import Testing
import Transport

@testable import KubeClient

@Suite(.timeLimit(.minutes(1))) struct LeaderElectionTests {
    private let http = ScriptedHTTPClient()
    private let clock = NotedClock()
    private let metrics = MetricsRegistry()

    private var election: LeaderElection {
        LeaderElection(
            client: .scripted(http, clock: clock),
            namespace: "ns",
            name: "martlet",
            identity: "me",
            clock: clock,
            now: { .seconds(1_700_000_000) },
            logger: InMemoryLogSink().logger(),
            metrics: metrics
        )
    }

    private func lease(_ holder: String, version: String, renew: Int = 0) -> JSON {
        [
            "metadata": ["name": "martlet", "namespace": "ns", "resourceVersion": .string(version)],
            "spec": [
                "holderIdentity": .string(holder), "leaseDurationSeconds": 15, "leaseTransitions": 1,
                "renewTime": .string(Timestamp.formatMicro(Double(renew))),
            ],
        ]
    }

    private var status: Bool { metrics.text().contains(#"leader_election_master_status{name="martlet"} 1"#) }

    /// Answers the first look with a free lease, so that the election is won.
    private func win() async throws {
        try await http.nextCall().refuse(404, reason: "NotFound")
        let create = try await http.nextCall()
        #expect(create.method == "POST")
        #expect(
            try create.json()["spec"] == [
                "holderIdentity": "me", "leaseDurationSeconds": 15, "leaseTransitions": 0,
                "acquireTime": "2023-11-14T22:13:20.000000Z", "renewTime": "2023-11-14T22:13:20.000000Z",
            ]
        )
        create.respond(lease("me", version: "1"), status: 201)
        await clock.expectSleep(.seconds(10))
    }

    /// Lets the time between two renewals pass.
    private func passRenewalPeriod() async {
        await clock.expectSleep(.seconds(2))
        await clock.advance(by: .seconds(2))
    }

    /// Lets the time between two looks at the lease pass.
    private func passRetryPeriod() async {
        await clock.expectSleep(.seconds(10))
        await clock.expectSleep(.seconds(2)...(.seconds(4.4)))
        await clock.advance(by: .seconds(5))
    }

    private func expectRelease(holder: String = "me") async throws {
        let get = try await http.nextCall()
        #expect(get.method == "GET")
        get.respond(lease(holder, version: "9"))
        guard holder == "me" else { return }
        let patch = try await http.nextCall()
        let body = try patch.json()
        #expect(body.at("metadata", "resourceVersion") == "9")
        #expect(body.at("spec", "holderIdentity") == "")
        #expect(body.at("spec", "leaseDurationSeconds") == 1)
        patch.respond(lease("", version: "10"))
    }

    @Test("The leader works, and gives the lease up after its work has ended")
    func worksAndReleases() async throws {
        let election = election
        let gate = ShutdownGate()
        let task = Task {
            try await election.withLeadership {
                await gate.entered()
                return "result"
            }
        }
        try await win()
        await gate.waitForEntry()
        #expect(status)
        gate.open()
        try await expectRelease()
        #expect(try await task.value == "result")
        #expect(!status)
    }

    @Test("A lease that another holds is taken when it has run out before our eyes")
    func takesExpired() async throws {
        let election = election
        let task = Task { try await election.withLeadership {} }
        var waited = Duration.zero
        while waited < .seconds(15) {
            try await http.nextCall().respond(lease("other", version: "4"))
            await passRetryPeriod()
            waited += .seconds(5)
        }
        try await http.nextCall().respond(lease("other", version: "4"))
        let patch = try await http.nextCall()
        #expect(patch.method == "PATCH")
        #expect(try patch.json().at("metadata", "resourceVersion") == "4")
        #expect(try patch.json().at("spec", "leaseTransitions") == 2)
        patch.respond(lease("me", version: "5"))
        try await expectRelease()
        try await task.value
    }

    @Test("Who loses the race for a lease waits and tries again")
    func losesRace() async throws {
        let election = election
        let task = Task { try await election.withLeadership {} }
        try await http.nextCall().refuse(404, reason: "NotFound")
        try await http.nextCall().refuse(409, reason: "AlreadyExists")
        await passRetryPeriod()
        try await http.nextCall().respond(lease("other", version: "4"))
        await clock.expectSleep(.seconds(10))
        await clock.expectSleep(.seconds(2)...(.seconds(4.4)))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("A leader that cannot renew until the deadline stops its work and says so")
    func losesByDeadline() async throws {
        let election = election
        let stopped = Mutex(false)
        let task = Task {
            try await election.withLeadership {
                await ShutdownGate().entered()
                stopped.withLock { $0 = true }
            }
        }
        try await win()
        for left in [8, 6, 4, 2] {
            await passRenewalPeriod()
            try await http.nextCall().fail(.cannotConnect)
            await clock.expectSleep(.seconds(left))
        }
        await passRenewalPeriod()
        await #expect(throws: LeadershipLost.self) { try await task.value }
        #expect(stopped.withLock { $0 })
        #expect(http.pendingCalls == 0)
    }

    @Test("A leader whose lease another has taken stops at once and leaves it alone")
    func losesToAnother() async throws {
        let election = election
        let task = Task { try await election.withLeadership { await ShutdownGate().entered() } }
        try await win()
        await passRenewalPeriod()
        let renewal = try await http.nextCall()
        #expect(renewal.method == "PATCH")
        #expect(try renewal.json().at("metadata", "resourceVersion") == "1")
        renewal.refuse(409, reason: "Conflict")
        try await http.nextCall().respond(lease("other", version: "7"))
        await #expect(throws: LeadershipLost("held by other")) { try await task.value }
        #expect(http.pendingCalls == 0)
    }

    @Test("Renewals that succeed keep the leader; a conflict with itself is renewed over")
    func renews() async throws {
        let election = election
        let gate = ShutdownGate()
        let task = Task { try await election.withLeadership { await gate.entered() } }
        try await win()
        for version in 2...8 {
            await passRenewalPeriod()
            let renewal = try await http.nextCall()
            if version == 4 {
                renewal.refuse(409, reason: "Conflict")
                try await http.nextCall().respond(lease("me", version: "30"))
                let again = try await http.nextCall()
                #expect(try again.json().at("metadata", "resourceVersion") == "30")
                again.respond(lease("me", version: "4", renew: 4))
            } else {
                renewal.respond(lease("me", version: "\(version)", renew: version))
            }
            await clock.expectSleep(.seconds(8))
        }
        gate.open()
        try await expectRelease()
        try await task.value
    }

    @Test("A cancelled leader gives the lease up after its work has stopped")
    func cancelledLeader() async throws {
        let election = election
        let gate = ShutdownGate()
        let task = Task { try await election.withLeadership { await gate.entered() } }
        try await win()
        await gate.waitForEntry()
        task.cancel()
        try await expectRelease()
        try await task.value
    }

    @Test("What the work throws is thrown, after the lease was given up")
    func failingWork() async throws {
        struct Failure: Error {}
        let election = election
        let task = Task { try await election.withLeadership { throw Failure() } }
        try await win()
        try await expectRelease(holder: "other")
        await #expect(throws: Failure.self) { try await task.value }
    }

    /// Holds the guarded work until the test opens it or it is cancelled.
    private final class ShutdownGate: Sendable {
        private let entry = Latch()
        private let exit = Latch()

        func entered() async {
            entry.open()
            // Cancelled is as good as open.
            try? await exit.wait()
        }

        func waitForEntry() async {
            try? await entry.wait()
        }

        func open() { exit.open() }
    }
}
