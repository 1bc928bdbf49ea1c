import KubeModel
import Synchronization
import TestSupport
import Testing

@testable import Providers

extension RemoteUsageTests {
    /// A container of pod "a" at one time, as its kubelet and the metrics API tell of it.
    private struct Moment {
        /// When the container began by the word of its kubelet; its status says a second less, and no fraction.
        static let start = 1_795_240_802.4
        /// In seconds since 1970.
        let time: Double
        let cpuSeconds: Double

        init(round: Int) {
            time = Self.start.rounded(.down) + 300 + Double(15 * round)
            cpuSeconds = 100 + Double(15 * round) / 2
        }

        var page: String {
            let labels = #"{container="main",namespace="shop-abc",pod="a"}"#
            return """
                container_cpu_usage_seconds_total\(labels) \(cpuSeconds) \(Int64(time * 1000))
                container_memory_working_set_bytes\(labels) 4096 \(Int64(time * 1000))
                container_start_time_seconds\(labels) \(Self.start)

                """
        }

        var summary: String {
            let stamp = Timestamp.format(time)
            return """
                {"pods": [{"podRef": {"name": "a", "namespace": "shop-abc", "uid": "delegate-a"}, "containers": [
                 {"name": "main", "startTime": "\(Timestamp.format(Self.start))",
                  "cpu": {"time": "\(stamp)", "usageCoreNanoSeconds": \(Int64(cpuSeconds * 1e9))},
                  "memory": {"time": "\(stamp)", "workingSetBytes": 4096}}]}]}
                """
        }

        var sample: String {
            """
            {"items": [{"metadata": {"namespace": "shop-abc", "name": "a"}, "timestamp": "\(Timestamp.format(time))",
              "window": "15s", "containers": [{"name": "main", "usage": {"cpu": "500m", "memory": "4Ki"}}]}]}
            """
        }
    }

    @Test(arguments: [MetricsServerForm.counters, .resources], [true, false])
    func `To metrics-server a container goes on when somebody else measures it`(
        form: MetricsServerForm,
        isKubeletFirst: Bool
    ) async throws {
        let server = Server()
        let usage = try server.usage([Self.delegate("a", on: "one")])
        // The status and the kubelet are of one second and the next.
        #expect(Timestamp.parse("2026-11-21T06:00:01Z") == Moment.start.rounded(.down) - 1)
        var storage = MetricsStorage()
        for round in 0..<6 {
            let moment = Moment(round: round)
            let status = (round < 3) == isKubeletFirst ? 200 : 403
            server.say(Self.path("one", "metrics/resource"), moment.page, status: status)
            server.say(Self.path("one", "stats/summary"), moment.summary, status: status)
            server.say(Self.list, moment.sample)
            // A no is remembered for a minute.
            if round == 3 { server.now.withLock { $0 += .seconds(61) } }
            storage.store(["us-east": try await Self.scrape(usage, as: form)])
            #expect(storage.faults == [], "round \(round)")
            let told = storage.podUsages[ObjectKey(namespace: "shop", name: "a")]?["main"]
            #expect((told != nil) == (round > 0), "round \(round)")
        }
    }

    private static func scrape(_ usage: RemoteUsage, as form: MetricsServerForm) async throws -> MetricsScrape {
        guard form == .resources else {
            let told = try await usage.summary(.full, of: pods).pods.map { try JSON.parse($0) }
            let summary: JSON = ["pods": .array(told)]
            return try form.scrape(summary.serialized())
        }
        return try form.scrape(Array(try await usage.page(.resource, of: pods).exposition.pieces.joined()))
    }
}
