import KubeClient
import KubeModel
import Testbed
import Testing
import Transport

extension HealthTests {
    @Test("A process is alive, ready once each cluster is known to it, and has metrics of them all", .rows(18, 61))
    func statusPages() async throws {
        let (fleet, cluster) = (Fleet.current, "us-west")
        for path in ["/healthz", "/livez", "/readyz"] {
            try await eventually("all is well at \(path)") {
                try await StatusPage.get(path)
            } until: {
                $0 == StatusPage(status: 200, text: "ok")
            }
        }
        #expect(try await StatusPage.get("/nothing").status == 404)
        try await fleet.repaired {
            try await fleet.remote(cluster).relay.set(.stalled)
            let file = try ConfigurationOnDisk(of: fleet)
            try await file.with { clusters in
                // A cluster whose entry changes is served anew, and is awaited anew.
                clusters[1]["labels"] = ["example.com/served": "anew"]
            } during: {
                // Silent, it is lost after half a minute.
                let awaited = try await eventually("the process is not ready for want of the one cluster") {
                    try await StatusPage.get("/readyz")
                } until: {
                    $0.status == 503 && $0.text.contains("[-]cluster-\(cluster) failed")
                }
                #expect(awaited.text.contains("[+]cluster-us-east ok"), "\(awaited.text)")
                #expect(try await StatusPage.get("/readyz/cluster-us-east").status == 200)
                #expect(try await StatusPage.get("/livez").status == 200)
                try await eventually("it is ready without it, and says what is wrong", within: .seconds(40)) {
                    try await StatusPage.get("/readyz?verbose")
                } until: {
                    $0.status == 200 && $0.text.contains("[+]cluster-\(cluster) ok: RemoteUnreachable")
                }
                try await fleet.metrics(say: ["us-east": 1, cluster: 0])
                try await fleet.remote(cluster).relay.set(.open)
                try await fleet.metrics(say: ["us-east": 1, cluster: 1])
            }
        }
        try await everyPartIsMeasured(fleet)
    }

    /// Each watch, queue, client and cluster has its series.
    private func everyPartIsMeasured(_ fleet: Fleet) async throws {
        let ofCluster = [
            "martlet_node_ready", "martlet_cluster_round_trip_seconds", "martlet_cluster_slots",
            "martlet_cluster_largest_slot", "martlet_cluster_restarts_total", "martlet_node_writes_total",
            "martlet_api_requests_total", "martlet_api_request_duration_seconds_count", "martlet_lists_total",
            "martlet_watch_events_total", "martlet_orphans_held",
        ]
        let ofNode = ["martlet_pod_operations_total", "martlet_pod_status_lag_seconds_count"]
        let wanted = fleet.remotes.flatMap { remote -> [String] in
            ofCluster.map { "\($0){cluster=\"\(remote.name)\"" } + ofNode.map { "\($0){node=\"\(remote.name)\"" }
        }
        // What single pods find room for is looked at every ten seconds.
        try await eventually("all clusters are measured in every way", within: .seconds(15)) {
            let text = try await StatusPage.get("/metrics").text
            return wanted.filter { !text.contains($0) }
        } until: {
            $0.isEmpty
        }
        let text = try await StatusPage.get("/metrics").text
        for name in ["martlet_build_info{", "workqueue_depth{", "process_resident_memory_bytes "] {
            #expect(text.contains("\n\(name)"), "\(name)")
        }
    }
}

extension Fleet {
    /// Waits until the metrics say of these nodes whether they are ready.
    fileprivate func metrics(say ready: [String: Int]) async throws {
        try await eventually("the metrics say \(ready)", within: .seconds(20)) {
            try await StatusPage.get("/metrics").text.split(separator: "\n").filter {
                $0.hasPrefix("martlet_node_ready{")
            }
        } until: { lines in
            ready.allSatisfy { node, value in lines.contains("martlet_node_ready{cluster=\"\(node)\"} \(value)") }
        }
    }
}

/// What the martlet of these tests answers at its metrics address.
struct StatusPage: Equatable {
    let status: Int
    let text: String

    static func get(_ path: String) async throws -> StatusPage {
        let http = try CurlHTTPClient.start()
        let url = "http://127.0.0.1:\(FleetPlan.statusPort)\(path)"
        let answer = try await withCleanUp({ await http.shutdown() }) {
            try await http.send(HTTPRequest(url: url, timeout: .seconds(20)), over: ConnectionOptions())
        }
        return StatusPage(status: answer.status, text: String(decoding: answer.body, as: UTF8.self))
    }
}
