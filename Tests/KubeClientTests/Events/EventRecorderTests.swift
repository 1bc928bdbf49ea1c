import KubeModel
import Observability
import Synchronization
import TestSupport
import Testing
import Transport

@testable import KubeClient

@Suite(.timeLimit(.minutes(1))) struct EventRecorderTests {
    private let http = ScriptedHTTPClient()
    private let clock = ManualClock()
    private let metrics = MetricsRegistry()
    private let pod = ObjectReference(
        apiVersion: "v1",
        kind: "Pod",
        namespace: "shop",
        name: "web-0",
        uid: "u",
        resourceVersion: "7"
    )
    private let time = Time()

    private final class Time: Sendable {
        private let seconds = Mutex(1_700_000_000)
        func next() -> Duration {
            .seconds(
                seconds.withLock { seconds in
                    seconds += 1
                    return seconds
                }
            )
        }
    }

    private func withRecorder(_ body: (EventRecorder) async throws -> Void) async throws {
        let recorder = EventRecorder(
            client: .scripted(http, metrics: metrics),
            component: "martlet",
            clock: clock,
            now: { [time] in time.next() },
            logger: InMemoryLogSink().logger(),
            metrics: metrics
        )
        let task = Task { try await recorder.run() }
        defer { task.cancel() }
        try await body(recorder)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("An event says what happened to which object, when, and who says so")
    func create() async throws {
        try await withRecorder { recorder in
            recorder.record(about: pod, type: .warning, reason: "Failed", message: "no room")
            let call = try await http.nextCall()
            #expect(call.method == "POST")
            #expect(call.path == "/api/v1/namespaces/shop/events")
            let event = try call.json()
            #expect(event.at("metadata", "name") == "web-0.17979cfe71c4ca00")
            #expect(
                event["involvedObject"] == [
                    "apiVersion": "v1", "kind": "Pod", "namespace": "shop", "name": "web-0", "uid": "u",
                    "resourceVersion": "7",
                ]
            )
            #expect(event["type"] == "Warning")
            #expect(event["reason"] == "Failed")
            #expect(event["message"] == "no room")
            #expect(event["count"] == 1)
            #expect(event["firstTimestamp"] == "2023-11-14T22:13:21Z")
            #expect(event["lastTimestamp"] == "2023-11-14T22:13:21Z")
            #expect(event.at("source", "component") == "martlet")
            call.respond([:], status: 201)
        }
    }

    @Test("The same again is a patch of the count; when the event has expired it is made anew")
    func recount() async throws {
        try await withRecorder { recorder in
            for _ in 0..<3 { recorder.record(about: pod, type: .normal, reason: "R", message: "m") }
            let first = try await http.nextCall()
            first.respond([:], status: 201)
            let name = try #require(try first.json().at("metadata", "name")?.string)
            let second = try await http.nextCall()
            #expect(second.method == "PATCH")
            #expect(second.path == "/api/v1/namespaces/shop/events/\(name)")
            #expect(try second.json() == ["count": 2, "lastTimestamp": "2023-11-14T22:13:22Z"])
            second.refuse(404, reason: "NotFound")
            let third = try await http.nextCall()
            #expect(third.method == "POST")
            #expect(try third.json()["count"] == 1)
            third.respond([:], status: 201)
            let fourth = try await http.nextCall()
            #expect(fourth.method == "PATCH")
            #expect(try fourth.json()["count"] == 2)
        }
    }

    @Test("Events of nodes live in the default namespace")
    func clusterScope() async throws {
        try await withRecorder { recorder in
            let node = ObjectReference(apiVersion: "v1", kind: "Node", namespace: "", name: "n", uid: "")
            recorder.record(about: node, type: .normal, reason: "R", message: "m")
            let call = try await http.nextCall()
            #expect(call.path == "/api/v1/namespaces/default/events")
            #expect(try call.json()["involvedObject"] == ["apiVersion": "v1", "kind": "Node", "name": "n"])
        }
    }

    @Test("An event that is refused is counted and dropped, and the next one is told")
    func refused() async throws {
        try await withRecorder { recorder in
            recorder.record(about: pod, type: .normal, reason: "R", message: "one")
            recorder.record(about: pod, type: .normal, reason: "R", message: "two")
            try await http.nextCall().refuse(403, reason: "Forbidden")
            #expect(try await http.nextCall().json()["message"] == "two")
            #expect(
                metrics.text().contains(
                    #"martlet_events_dropped_total{cluster="test",reason="refused or unreachable"} 1"#
                )
            )
        }
    }

    @Test("A server in trouble is asked four times, with pauses")
    func unreachable() async throws {
        try await withRecorder { recorder in
            recorder.record(about: pod, type: .normal, reason: "R", message: "one")
            recorder.record(about: pod, type: .normal, reason: "R", message: "two")
            for attempt in 1...4 {
                let call = try await http.nextCall()
                #expect(try call.json()["message"] == "one")
                call.fail(.cannotConnect)
                guard attempt < 4 else { continue }
                await clock.waitForSleepers(count: 1)
                clock.advance(by: .seconds(15))
            }
            #expect(try await http.nextCall().json()["message"] == "two")
        }
    }

    @Test("A recorder that is behind drops and counts, and never blocks")
    func queueFull() {
        let recorder = EventRecorder(
            client: .scripted(http, metrics: metrics),
            component: "martlet",
            logger: InMemoryLogSink().logger(),
            metrics: metrics
        )
        for number in 0..<1003 { recorder.record(about: pod, type: .normal, reason: "R", message: "\(number)") }
        #expect(metrics.text().contains(#"martlet_events_dropped_total{cluster="test",reason="queue full"} 3"#))
    }

    @Test("A message without end is cut")
    func longMessage() async throws {
        try await withRecorder { recorder in
            recorder.record(about: pod, type: .normal, reason: "R", message: String(repeating: "x", count: 5000))
            let event = try await http.nextCall().json()
            #expect(event["message"]?.string?.count == 1024)
        }
    }
}
