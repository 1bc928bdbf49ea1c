import KubeModel
import Observability
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Admission

@Suite struct AdmissionMetricsTests {
    private let registry = MetricsRegistry()

    private func endpoint(_ now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) -> AdmissionEndpoint {
        AdmissionEndpoint(
            clusterAnnotations: ["martlet.dev/cluster"],
            tolerations: ["example.com/only"],
            believesOnlyCertificates: false,
            logger: InMemoryLogSink().logger(),
            metrics: registry,
            now: now
        )
    }

    /// The series of requests that were counted, as "rule verdict number".
    private var counted: Set<String> {
        let lines = registry.text().split(separator: "\n").filter { $0.hasPrefix("martlet_webhook_requests_total{") }
        return Set(
            lines.map { line in
                let words = line.split { "{}=\", ".contains($0) }.map(String.init)
                return [words[2], words[4], words[5]].joined(separator: " ")
            }
            .filter { !$0.hasSuffix(" 0") }
        )
    }

    private func review(cluster: String?) -> [UInt8] {
        var annotations: JSON = [:]
        annotations["martlet.dev/cluster"] = cluster.map { .string($0) }
        let review: JSON = [
            "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "request": [
                "uid": "7f0c", "operation": "CREATE", "namespace": "shop",
                "resource": ["group": "", "version": "v1", "resource": "pods"],
                "object": ["metadata": ["name": "web", "annotations": annotations], "spec": [:]],
            ],
        ]
        return review.serialized()
    }

    private func ask(_ path: String, _ body: [UInt8]) async throws {
        _ = try await endpoint().answer("POST", path, isKnown: false) { body }
    }

    @Test func `Every rule has all its series from the start`() {
        _ = endpoint()
        for rule in ["pods", "tolerations", "none"] {
            for verdict in ["unchanged", "changed", "denied", "refused", "unanswered"] {
                let series = #"martlet_webhook_requests_total{rule="\#(rule)",verdict="\#(verdict)"} 0"#
                #expect(registry.text().contains(series), "\(series)")
            }
            let series = #"martlet_webhook_request_duration_seconds_count{rule="\#(rule)"} 0"#
            #expect(registry.text().contains(series), "\(series)")
        }
    }

    @Test func `Requests are counted by rule and by what became of them, probes are not`() async throws {
        try await ask("/pods", review(cluster: nil))
        try await ask("/pods", review(cluster: "us-west"))
        try await ask("/pods", review(cluster: "us-west"))
        try await ask("/pods", review(cluster: "no cluster"))
        try await ask("/pods", Array("{}".utf8))
        try await ask("/tolerations", review(cluster: nil))
        try await ask("/nothing", review(cluster: nil))
        try await ask("/healthz", [])
        let expected: Set = [
            "pods unchanged 1", "pods changed 2", "pods denied 1", "pods refused 1", "tolerations changed 1",
            "none refused 1",
        ]
        #expect(counted == expected)
        await #expect(throws: TransportError.self) {
            _ = try await endpoint().answer("POST", "/pods", isKnown: false) {
                throw TransportError(.interrupted, "the client is gone")
            }
        }
        #expect(counted == expected.union(["pods unanswered 1"]))
    }

    @Test func `How long a request takes counts from its head, with the body to come`() async throws {
        let start = ContinuousClock.now
        let times = Mutex([start, start + .seconds(2)])
        let slow = endpoint { times.withLock { $0.removeFirst() } }
        let body = review(cluster: "us-west")
        _ = try await slow.answer("POST", "/pods", isKnown: false) { body }
        #expect(registry.text().contains(#"martlet_webhook_request_duration_seconds_sum{rule="pods"} 2"#))
        #expect(registry.text().contains(#"martlet_webhook_request_duration_seconds_count{rule="pods"} 1"#))
    }
}
