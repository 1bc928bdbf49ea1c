import KubeModel
import Observability
import TestSupport
import Testing
import Transport

@testable import KubeClient

@Suite(.timeLimit(.minutes(1))) struct WatchStreamTests {
    private let http = ScriptedHTTPClient()

    private func open(resourceVersion: String = "7") async throws -> (WatchStream, ScriptedBody, ScriptedCall) {
        let client = APIClient.scripted(http)
        async let stream = client.watch(
            .pods,
            namespace: "shop",
            labelSelector: "a=b",
            fieldSelector: "spec.nodeName=n",
            resourceVersion: resourceVersion,
            timeout: .seconds(312.9)
        )
        let call = try await http.nextCall()
        let body = call.open()
        return (try await stream, body, call)
    }

    @Test("A watch asks for bookmarks, from a version, for a time, without a bound of our own")
    func request() async throws {
        let (_, _, call) = try await open()
        #expect(call.path == "/api/v1/namespaces/shop/pods")
        #expect(
            call.query == [
                "watch": "true", "allowWatchBookmarks": "true", "resourceVersion": "7", "timeoutSeconds": "312",
                "labelSelector": "a%3Db", "fieldSelector": "spec.nodeName%3Dn",
            ]
        )
        #expect(call.request.timeout == nil)
        #expect(call.isStream)
    }

    @Test("Events come in order without managedFields, and the stream ends with the server's end")
    func events() async throws {
        let (stream, body, _) = try await open()
        body.send("ADDED", ["metadata": ["name": "a", "resourceVersion": "8", "managedFields": [1]]])
        body.send(#"{"type":"MODIFIED","object":{"metadata":{"resource"#)
        body.send(
            "Version\":\"9\"}}}\n{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"10\"}}}\n"
        )
        body.end()
        var events: [WatchEvent] = []
        for try await event in stream { events.append(event) }
        #expect(events.map(\.type) == [.added, .modified, .bookmark])
        #expect(events.map(\.resourceVersion) == ["8", "9", "10"])
        #expect(events[0].object.at("metadata", "managedFields") == nil)
        #expect(events[1].byteCount == 65)
    }

    @Test("An error event is thrown as what it says")
    func errorEvent() async throws {
        let (stream, body, _) = try await open()
        body.send("ERROR", ScriptedCall.status(410, reason: "Expired", message: "too old"))
        var iterator = stream.makeAsyncIterator()
        let error = await #expect(throws: APIError.self) { try await iterator.next() }
        #expect(error?.isExpired == true)
    }

    @Test(
        "What is no event is an error of decoding",
        arguments: [
            "{\n", "{\"type\":\"ADDED\"}\n", "{\"type\":\"NEW\",\"object\":{}}\n",
            "{\"type\":\"ERROR\",\"object\":{}}\n",
        ]
    )
    func garbage(line: String) async throws {
        let (stream, body, _) = try await open()
        body.send(line)
        var iterator = stream.makeAsyncIterator()
        let error = await #expect(throws: APIError.self) { try await iterator.next() }
        #expect(error?.code == .decoding)
    }

    @Test("A broken connection and an end within an event are interruptions", arguments: [true, false])
    func interrupted(withinEvent: Bool) async throws {
        let (stream, body, _) = try await open()
        if withinEvent { body.send("{\"type\":") }
        if withinEvent { body.end() } else { body.fail(.interrupted) }
        var iterator = stream.makeAsyncIterator()
        let error = await #expect(throws: APIError.self) { try await iterator.next() }
        #expect(error?.code == .interrupted)
    }

    @Test("A refused watch throws what the server says")
    func refused() async throws {
        let client = APIClient.scripted(http)
        let stream = Task { try await client.watch(.pods, resourceVersion: "1") }
        try await http.nextCall().refuse(410, reason: "Gone", message: "too old")
        await #expect(throws: APIError(.gone, status: 410, message: "too old")) { _ = try await stream.value }
    }

    @Test("Refused credentials are made anew for a watch too")
    func unauthorized() async throws {
        let client = APIClient.scripted(http)
        async let stream = client.watch(.pods, resourceVersion: "1")
        try await http.nextCall().refuse(401, reason: "Unauthorized")
        let retry = try await http.nextCall()
        #expect(retry.header("Authorization") == "Bearer token-2")
        _ = retry.open()
        _ = try await stream
    }

    @Test("The bytes of a watch are counted as they come")
    func bytes() async throws {
        let metrics = MetricsRegistry()
        let client = APIClient.scripted(http, metrics: metrics)
        let activity = ByteActivity()
        async let opened = client.watch(.pods, resourceVersion: "1", activity: activity)
        let body = try await http.nextCall().open()
        let stream = try await opened
        body.send("{\"type\":\"BOOKMARK\",\"object\":{}}\n")
        var iterator = stream.makeAsyncIterator()
        _ = try await iterator.next()
        #expect(activity.count == 32)
        #expect(
            metrics.text().contains(
                #"martlet_api_received_bytes_total{cluster="test",code="200",resource="pods",verb="watch"} 32"#
            )
        )
    }
}
