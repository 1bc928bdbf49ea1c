import FoundationEssentials
import KubeModel
import Lifecycle
import Observability
import TestSupport
import Testing
import Transport

@testable import Admission

@Suite struct AdmissionEndpointTests {
    private let log = InMemoryLogSink()
    private let metrics = MetricsRegistry()
    private static let unchanged: JSON = ["uid": "7f0c", "allowed": true]

    private func endpoint(
        believesOnlyCertificates: Bool = false,
        clock: any Clock<Duration> = ManualClock(),
        budget: Int = 32 << 20
    ) -> AdmissionEndpoint {
        AdmissionEndpoint(
            clusterAnnotations: ["martlet.dev/cluster"],
            tolerations: ["example.com/only"],
            believesOnlyCertificates: believesOnlyCertificates,
            logger: log.logger(),
            metrics: metrics,
            clock: clock,
            budget: budget
        )
    }

    private func review(_ changes: JSON = [:], annotations: JSON = [:], spec: JSON = [:]) -> JSON {
        var request: JSON = [
            "uid": "7f0c", "operation": "CREATE", "namespace": "shop", "userInfo": ["username": "anna"],
            "resource": ["group": "", "version": "v1", "resource": "pods"],
            "object": ["metadata": ["name": "web", "annotations": annotations], "spec": spec],
        ]
        for (key, value) in changes.object ?? [:] { request[key] = value }
        return ["apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request]
    }

    /// The response to a review.
    private func response(to review: JSON, at path: String = "/pods") async throws -> JSON {
        let answer = try await endpoint().answer("POST", path, isKnown: false) { review.serialized() }
        #expect(answer.status == 200)
        let json = try JSON.parse(answer.body)
        #expect(json["apiVersion"]?.string == "admission.k8s.io/v1")
        #expect(json["kind"]?.string == "AdmissionReview")
        return json["response"] ?? [:]
    }

    private func status(
        _ method: String = "POST",
        _ path: String = "/pods",
        isKnown: Bool = false,
        of endpoint: AdmissionEndpoint? = nil,
        length: Int? = nil,
        body: [UInt8] = []
    ) async throws -> Int {
        try await (endpoint ?? self.endpoint()).answer(method, path, isKnown: isKnown, length: length) { body }.status
    }

    @Test func `A pod that names its cluster is allowed, with a patch as API servers read it`() async throws {
        let response = try await response(to: review(annotations: ["martlet.dev/cluster": "us-west"]))
        #expect(response["uid"]?.string == "7f0c")
        #expect(response["allowed"]?.bool == true)
        #expect(response["patchType"]?.string == "JSONPatch")
        let patch = try #require(Data(base64Encoded: response["patch"]?.string ?? ""))
        let expected: JSON = [
            ["op": "add", "path": "/spec/nodeSelector", "value": ["martlet.dev/cluster": "us-west"]]
        ]
        #expect(try JSON.parse(Array(patch)) == expected)
        #expect(!log.messages.contains("Pod denied"))
    }

    @Test func `A pod that names none is allowed as it is`() async throws {
        let response = try await response(to: review())
        #expect(response == Self.unchanged)
    }

    @Test func `A denial has the words for the user, and a line in the log`() async throws {
        let spec: JSON = ["nodeSelector": ["martlet.dev/cluster": "us-east"]]
        let response = try await response(to: review(annotations: ["martlet.dev/cluster": "us-west"], spec: spec))
        #expect(response["uid"]?.string == "7f0c")
        #expect(response["allowed"]?.bool == false)
        #expect(response["patch"] == nil)
        let message = try #require(response.at("status", "message")?.string)
        #expect(message.contains("names cluster \"us-west\""))
        #expect(message.contains("asks for martlet.dev/cluster=us-east"))
        let record = try #require(log.records.first { $0.message == "Pod denied" })
        #expect(record.metadata == ["namespace": "shop", "pod": "web", "user": "anna", "reason": message])
    }

    @Test func `Nothing in a line of the log is without end`() async throws {
        let endless = "e" + String(repeating: "\u{301}", count: 200_000)
        let object: JSON = [
            "metadata": ["generateName": .string(endless), "annotations": ["martlet.dev/cluster": .string(endless)]],
            "spec": [:],
        ]
        let changes: JSON = [
            "namespace": .string(endless), "userInfo": ["username": .string(endless)], "object": object,
        ]
        _ = try await response(to: review(changes))
        let record = try #require(log.records.first { $0.message == "Pod denied" })
        #expect(record.metadata.count == 4)
        for value in record.metadata.values { #expect(value.utf8.count < 600) }
    }

    @Test func `Tolerations are on a path of their own`() async throws {
        let response = try await response(to: review(), at: "/tolerations")
        let patch = try #require(Data(base64Encoded: response["patch"]?.string ?? ""))
        #expect(try JSON.parse(Array(patch))[0]?["path"]?.string == "/spec/tolerations")
    }

    @Test(
        arguments: [
            ["operation": "UPDATE"], ["subResource": "status"],
            ["resource": ["group": "", "version": "v1", "resource": "nodes"]],
            ["object": ["metadata": ["annotations": ["martlet.dev/cluster": "a"]], "spec": ["nodeName": "b"]]],
        ] as [JSON]
    )
    func `What is no new pod, or is a bystander, is allowed as it is`(changes: JSON) async throws {
        let review = review(changes, annotations: ["martlet.dev/cluster": "us-west"])
        let response = try await response(to: review)
        #expect(response == Self.unchanged)
    }

    @Test(arguments: [
        "", "{", "[]", "{}",
        #"{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","request":{"uid":"a"}}"#,
        #"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}"#,
        #"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":""}}"#,
        #"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"a","operation":"CREATE","#
            + #""resource":{"group":"","version":"v1","resource":"pods"}}}"#,
    ])
    func `What is no review is answered with 400`(body: String) async throws {
        #expect(try await status(body: Array(body.utf8)) == 400)
    }

    @Test func `Other methods and paths are refused`() async throws {
        #expect(try await status("GET") == 405)
        #expect(try await status("POST", "/healthz") == 405)
        #expect(try await status("POST", "/") == 404)
        #expect(try await status("GET", "/healthz") == 200)
        let without = AdmissionEndpoint(
            clusterAnnotations: [],
            tolerations: [],
            believesOnlyCertificates: false,
            logger: log.logger(),
            metrics: MetricsRegistry()
        )
        #expect(try await status("POST", "/tolerations", of: without) == 404)
    }

    @Test func `Where certificates are required, who has none is asked nothing but for its health`() async throws {
        let endpoint = endpoint(believesOnlyCertificates: true)
        let body = review().serialized()
        #expect(try await status(of: endpoint, body: body) == 401)
        #expect(try await status("POST", "/nothing", of: endpoint, body: body) == 401)
        #expect(try await status(isKnown: true, of: endpoint, body: body) == 200)
        #expect(try await status("GET", "/healthz", of: endpoint) == 200)
    }

    @Test func `A body that is too long is answered with 413, one that breaks off not at all`() async throws {
        let answer = try await endpoint().answer("POST", "/pods", isKnown: false) {
            throw TransportError(.tooLarge, "the request's body is longer than 3145728 bytes")
        }
        #expect(answer.status == 413)
        await #expect(throws: TransportError.self) {
            _ = try await endpoint().answer("POST", "/pods", isKnown: false) {
                throw TransportError(.interrupted, "the client is gone")
            }
        }
    }

    @Test func `Reviews that are under way share a budget, and give back what they took`() async throws {
        let endpoint = endpoint(budget: 10)
        let meanwhile: @Sendable () async throws -> [UInt8] = {
            #expect(try await status(of: endpoint, length: 6) == 503)
            #expect(try await status(of: endpoint, length: nil) == 503)
            #expect(try await status(of: endpoint, length: 4) == 400)
            #expect(try await status("GET", "/healthz", of: endpoint) == 200)
            throw TransportError(.interrupted, "the client is gone")
        }
        for _ in 0..<2 {
            await #expect(throws: TransportError.self) {
                _ = try await endpoint.answer("POST", "/pods", isKnown: false, length: 6, body: meanwhile)
            }
        }
        #expect(try await status(of: endpoint, length: 10) == 400)
        // It takes no more for a body that will be refused as too long.
        #expect(try await status(of: self.endpoint(), length: 64 << 20) == 400)
    }

    @Test(.timeLimit(.minutes(1))) func `A body has to come whole within five seconds`() async throws {
        let clock = ManualClock()
        let endpoint = endpoint(clock: clock)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = await #expect(throws: TimeoutError.self) {
                    _ = try await endpoint.answer("POST", "/pods", isKnown: false) {
                        try await clock.sleep(for: .seconds(60))
                        return []
                    }
                }
            }
            await clock.waitForSleepers(count: 2)
            clock.advance(by: .seconds(5))
            try await group.waitForAll()
        }
    }
}
