import KubeClient
import KubeModel
import Lifecycle
import Observability
import Providers
import TestSupport
import Testing

@testable import PodSync

/// What pods are told of their remote's events.
@Suite(.timeLimit(.minutes(1))) struct EventMirrorTests {
    private let origin = ScriptedCluster("origin")
    private let clock = ManualClock()

    private func event(
        _ id: String = "event-1",
        count: Int64 = 1,
        message: String = "can't pull",
        of podUID: UID = "uid-1"
    ) -> InstanceEvent {
        InstanceEvent(
            id: id,
            podUID: podUID,
            type: "Warning",
            reason: "Failed",
            message: message,
            count: count,
            firstTimestamp: "2026-11-21T06:00:00Z",
            lastTimestamp: "2026-11-21T06:00:09.123456Z",
            component: "kubelet",
            host: "worker-1",
            fieldPath: "spec.containers{main}"
        )
    }

    private func run(_ body: (EventMirror) async throws -> Void) async throws {
        let pod = try PodFixture.pod()
        let mirror = EventMirror(
            client: origin.client(),
            cluster: "us-east",
            clock: clock,
            logger: origin.logger,
            metrics: origin.metrics,
            pod: { $0.hasPrefix("uid") ? pod : nil }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await mirror.run() }
            try await body(mirror)
            group.cancelAll()
        }
    }

    private var creations: [JSON] { origin.requests(.create, "events").map(\.body) }
    private var patches: [JSON] { origin.requests(.patch, "events").map(\.body) }

    private func waitFor(_ count: Int) async throws {
        try await origin.until { $0.requests.count >= count }
    }

    @Test func `An event is told of the pod, in the words of the remote`() async throws {
        try await run { mirror in
            mirror.offer(event())
            try await waitFor(1)
        }
        let told = try #require(creations.first)
        #expect(told.at("involvedObject", "uid") == "uid-1")
        #expect(told.at("involvedObject", "name") == "web-0")
        #expect(told.at("involvedObject", "fieldPath") == "spec.containers{main}")
        #expect(told.at("source", "component") == "us-east/kubelet")
        #expect(told.at("source", "host") == "worker-1")
        #expect(told["reason"] == "Failed")
        #expect(told["message"] == "can't pull")
        #expect(told["count"] == 1)
        #expect(told["lastTimestamp"] == "2026-11-21T06:00:09Z")
    }

    @Test func `What happens again is counted, and not told anew`() async throws {
        try await run { mirror in
            mirror.offer(event())
            try await waitFor(1)
            mirror.offer(event(count: 4, message: "still can't"))
            try await waitFor(2)
        }
        #expect(creations.count == 1)
        #expect(patches.count == 1)
        #expect(patches.first?["count"] == 4)
        #expect(patches.first?["message"] == "still can't")
    }

    @Test func `A later process counts the event that an earlier one told`() async throws {
        try await run { mirror in
            mirror.offer(event())
            try await waitFor(1)
        }
        try await run { mirror in
            mirror.offer(event(count: 2))
            try await waitFor(3)
        }
        #expect(patches.first?["count"] == 2)
        #expect(Set(creations.map { $0.at("metadata", "name")?.string }).count == 1)
    }

    @Test func `An event that the origin has dropped by now is told anew`() async throws {
        try await run { mirror in
            mirror.offer(event())
            try await waitFor(1)
            let name = try #require(creations.first?.at("metadata", "name")?.string)
            origin.remove(.events, ObjectKey(namespace: "shop", name: name))
            mirror.offer(event(count: 2))
            try await waitFor(3)
        }
        #expect(creations.count == 2)
        #expect(creations.last?["count"] == 2)
    }

    @Test func `A pod that is gone is told nothing`() async throws {
        try await run { mirror in
            mirror.offer(event("gone", of: "nobody"))
            mirror.offer(event())
            try await waitFor(1)
        }
        #expect(origin.requests.count == 1)
    }

    @Test func `A flood about one pod is cut off, and the rest waits for its time`() async throws {
        try await run { mirror in
            for number in 0..<25 { mirror.offer(event("event-\(number)")) }
            try await waitFor(25)
            mirror.offer(event("late"))
            await clock.waitForSleepers()
            #expect(origin.requests.count == 25)
            for number in 0..<100 { mirror.offer(event("flood-\(number)")) }
            await clock.waitForSleepers()
            #expect(origin.requests.count == 25)
            #expect(origin.metricsText.contains("martlet_remote_events_dropped_total{cluster=\"us-east\"} 76"))
            clock.advance(by: .seconds(300))
            try await waitFor(26)
        }
    }

    @Test func `A flood over all pods costs the origin a steady trickle`() async throws {
        try await run { mirror in
            for number in 0..<80 { mirror.offer(event("event-\(number)", of: "uid-\(number)")) }
            try await waitFor(50)
            await clock.waitForSleepers()
            #expect(origin.requests.count == 50)
            clock.advance(by: .seconds(1))
            try await waitFor(55)
        }
    }
}
