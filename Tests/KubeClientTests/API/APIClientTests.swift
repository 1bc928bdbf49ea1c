import KubeModel
import Observability
import TestSupport
import Testing
import Transport

@testable import KubeClient

@Suite(.timeLimit(.minutes(1))) struct APIClientTests {
    private let http = ScriptedHTTPClient()
    private let metrics = MetricsRegistry()

    private func client(budget: RequestBudget = RequestBudget(.unlimited)) -> APIClient {
        .scripted(http, cluster: "east", budget: budget, metrics: metrics)
    }

    @Test("A call carries credentials, the agent and what it accepts, and drops managedFields of the answer")
    func get() async throws {
        async let object = client().get(.pods, namespace: "shop", name: "a", subresource: "status")
        let call = try await http.nextCall()
        #expect(call.request.url == "https://cluster.test/api/v1/namespaces/shop/pods/a/status")
        #expect(call.method == "GET")
        #expect(call.header("Authorization") == "Bearer token-1")
        #expect(call.header("User-Agent") == "martlet/test")
        #expect(call.header("Accept") == "application/json")
        #expect(call.header("Content-Type") == nil)
        #expect(call.request.timeout == .seconds(30))
        call.respond(["metadata": ["name": "a", "managedFields": [1]]])
        #expect(try await object == ["metadata": ["name": "a"]])
    }

    @Test("A list asks for what was given and leaves out the rest")
    func list() async throws {
        let client = client()
        async let list = client.list(.pods, labelSelector: "a=b", resourceVersion: "0", limit: 5, continue: "x/y")
        let call = try await http.nextCall()
        #expect(call.path == "/api/v1/pods")
        #expect(call.query == ["labelSelector": "a%3Db", "resourceVersion": "0", "limit": "5", "continue": "x%2Fy"])
        #expect(call.request.timeout == .seconds(120))
        call.respond(["items": []])
        #expect(try await list["items"] == [])
    }

    @Test(
        "Each form of patch has its media type",
        arguments: [
            (PatchType.merge, "application/merge-patch+json", [:]),
            (.strategicMerge, "application/strategic-merge-patch+json", [:]),
            (.json, "application/json-patch+json", [:]),
            (
                .apply(fieldManager: "m", force: true), "application/apply-patch+yaml",
                ["fieldManager": "m", "force": "true"]
            ),
        ]
    )
    func patch(type: PatchType, contentType: String, query: [String: String]) async throws {
        let client = client()
        async let answer = client.patch(.nodes, name: "n", type: type, body: ["a": 1])
        let call = try await http.nextCall()
        #expect(call.method == "PATCH")
        #expect(call.header("Content-Type") == contentType)
        #expect(call.query == query)
        #expect(try call.json() == ["a": 1])
        call.respond([:])
        _ = try await answer
    }

    @Test("Create, update and delete use their method and body")
    func writes() async throws {
        let client = client()
        async let created = client.create(
            .pods,
            namespace: "shop",
            object: ["a": 1],
            subresource: "eviction",
            name: "p"
        )
        var call = try await http.nextCall()
        #expect(call.method == "POST")
        #expect(call.path == "/api/v1/namespaces/shop/pods/p/eviction")
        call.respond([:], status: 201)
        _ = try await created
        async let updated = client.update(.nodes, name: "n", object: ["a": 2])
        call = try await http.nextCall()
        #expect(call.method == "PUT")
        #expect(try call.json() == ["a": 2])
        call.respond([:])
        _ = try await updated
        async let deleted = client.delete(.nodes, name: "n", options: DeleteOptions(gracePeriodSeconds: 0))
        call = try await http.nextCall()
        #expect(call.method == "DELETE")
        #expect(try call.json()["gracePeriodSeconds"] == 0)
        call.respond([:])
        _ = try await deleted
    }

    @Test("A call on an object never becomes one on a collection or on nothing")
    func refusesEmptyNames() async {
        let client = client()
        await #expect(throws: APIError.self) { try await client.delete(.pods, namespace: "shop", name: "") }
        await #expect(throws: APIError.self) { try await client.get(.pods, namespace: nil, name: "a") }
        await #expect(throws: APIError.self) { try await client.create(.pods, namespace: "", object: [:]) }
        #expect(http.pendingCalls == 0)
    }

    @Test("Refused credentials are made anew and the call is sent once more")
    func unauthorizedOnce() async throws {
        let client = client()
        async let version = client.version()
        try await http.nextCall().refuse(401, reason: "Unauthorized")
        let retry = try await http.nextCall()
        #expect(retry.header("Authorization") == "Bearer token-2")
        retry.respond(["gitVersion": "v1.20.2", "major": "1", "minor": "20+"])
        #expect(try await version.gitVersion == "v1.20.2")
    }

    @Test("Credentials that are refused twice are an error")
    func unauthorizedTwice() async throws {
        let client = client()
        let version = Task { try await client.version() }
        try await http.nextCall().refuse(401, reason: "Unauthorized")
        try await http.nextCall().refuse(401, reason: "Unauthorized")
        await #expect(throws: APIError(.unauthorized, status: 401, message: "refused")) { _ = try await version.value }
        #expect(http.pendingCalls == 0)
    }

    @Test("A failed call throws what the server said")
    func refused() async throws {
        let client = client()
        let object = Task { try await client.get(.nodes, name: "n") }
        try await http.nextCall().refuse(404, reason: "NotFound", message: "nodes \"n\" not found")
        await #expect(throws: APIError(.notFound, status: 404, message: "nodes \"n\" not found")) {
            _ = try await object.value
        }
    }

    @Test("An answer that is no JSON is an error of decoding")
    func garbage() async throws {
        let client = client()
        let object = Task { try await client.get(.nodes, name: "n") }
        try await http.nextCall().respond(bytes: Array("<html>".utf8), status: 200)
        let error = await #expect(throws: APIError.self) { _ = try await object.value }
        #expect(error?.code == .decoding)
    }

    @Test("A call that its transport ended is cancelled, not failed")
    func cancelled() async throws {
        let client = client()
        let object = Task { try await client.get(.nodes, name: "n") }
        try await http.nextCall().fail(.cancelled)
        await #expect(throws: CancellationError.self) { _ = try await object.value }
    }

    @Test("Cancelling the caller cancels the call")
    func cancellation() async throws {
        let client = client()
        let task = Task { try await client.get(.nodes, name: "n") }
        _ = try await http.nextCall()
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
    }

    @Test("Too many requests hold back all calls of the cluster for the time that the server asks")
    func throttled() async throws {
        let clock = ManualClock()
        let client = client(budget: RequestBudget(.unlimited, clock: clock))
        let first = Task { try await client.get(.nodes, name: "n") }
        try await http.nextCall().respond([:], status: 429, headers: [("Retry-After", "2")])
        let error = await #expect(throws: APIError.self) { _ = try await first.value }
        #expect(error?.disposition == .retryLater(.seconds(2)))
        async let second = client.get(.nodes, name: "n")
        await clock.waitForSleepers(count: 1)
        #expect(http.pendingCalls == 0)
        clock.advance(by: .seconds(2))
        try await http.nextCall().respond([:])
        _ = try await second
    }

    @Test("Calls are counted by cluster, verb, resource and code")
    func counted() async throws {
        let client = client()
        async let first = client.get(.pods, namespace: "a", name: "n", subresource: "status")
        try await http.nextCall().respond([:])
        _ = try await first
        let second = Task { try await client.get(.pods, namespace: "a", name: "n") }
        try await http.nextCall().fail(.cannotConnect)
        await #expect(throws: APIError.self) { _ = try await second.value }
        let text = metrics.text()
        #expect(
            text.contains(
                #"martlet_api_requests_total{cluster="east",code="200",resource="pods/status",verb="get"} 1"#
            )
        )
        #expect(
            text.contains(
                #"martlet_api_received_bytes_total{cluster="east",code="200",resource="pods/status",verb="get"} 2"#
            )
        )
        #expect(
            text.contains(
                #"martlet_api_requests_total{cluster="east",code="Unreachable",resource="pods",verb="get"} 1"#
            )
        )
        #expect(text.contains(#"martlet_api_request_duration_seconds_count{cluster="east",verb="get"} 2"#))
    }

    @Test("Discovery finds the first form of a resource that is served")
    func discovery() async throws {
        let client = client()
        async let served = client.firstServed(of: [.cronJobs, .cronJobsBeta])
        let first = try await http.nextCall()
        #expect(first.path == "/apis/batch/v1")
        first.respond(["resources": [["name": "jobs"]]])
        let second = try await http.nextCall()
        #expect(second.path == "/apis/batch/v1beta1")
        second.respond(["resources": [["name": "cronjobs"]]])
        #expect(try await served == .cronJobsBeta)
    }

    @Test("A raw call returns any status")
    func raw() async throws {
        let client = client()
        async let answer = client.raw(path: "/healthz", query: [("verbose", "")])
        let call = try await http.nextCall()
        #expect(call.request.url == "https://cluster.test/healthz?verbose=")
        call.respond(bytes: Array("bad".utf8), status: 500)
        let response = try await answer
        #expect(response.status == 500)
        #expect(response.body == Array("bad".utf8))
    }
}
