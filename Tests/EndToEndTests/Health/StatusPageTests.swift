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
            try await isUnreadyFromTheStart(fleet, without: cluster)
        }
        try await TestSpace.with("measured") { space in
            try await space.applyPod("web", on: cluster)
            try await space.running(1)
            try await everyPartIsMeasured(fleet)
            try await measuresAreRight(of: cluster, in: fleet)
        }
    }

    /// A process that starts is not ready for a moment before it knows which clusters it waits for.
    private func isUnreadyFromTheStart(_ fleet: Fleet, without cluster: String) async throws {
        try await fleet.remote(cluster).relay.set(.stalled)
        await fleet.martlet.kill()
        try await fleet.martlet.start()
        var early: [String] = []
        try await eventually("the new process awaits the cluster", within: .seconds(20), pause: .milliseconds(20)) {
            do {
                return try await StatusPage.get("/readyz")
            } catch let error as TransportError where error.code == .cannotConnect {
                return StatusPage(status: 0, text: "nobody listens yet")
            }
        } until: { (page: StatusPage) in
            if page.status == 200 { early.append(page.text) }
            return page.text.contains("[-]cluster-\(cluster) failed")
        }
        #expect(early.isEmpty)
    }

    /// Each watch, queue, client and cluster has its series.
    private func everyPartIsMeasured(_ fleet: Fleet) async throws {
        let ofCluster = [
            "martlet_node_ready", "martlet_cluster_round_trip_seconds", "martlet_cluster_slots",
            "martlet_cluster_largest_slot", "martlet_cluster_restarts_total", "martlet_node_writes_total",
            "martlet_api_requests_total", "martlet_api_request_duration_seconds_count", "martlet_lists_total",
            "martlet_watch_events_total", "martlet_orphans_held",
        ]
        let ofNode = [
            "martlet_pods", "martlet_pod_operations_total", "martlet_pod_status_lag_seconds_count",
            "martlet_pod_delegation_duration_seconds_count",
        ]
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
        let ofProcess = [
            "martlet_build_info{", "process_resident_memory_bytes ", "workqueue_depth{", "workqueue_adds_total{",
            "workqueue_queue_duration_seconds_count{", "workqueue_work_duration_seconds_count{",
            "workqueue_retries_total{",
        ]
        for name in ofProcess { #expect(text.contains("\n\(name)"), "\(name)") }
    }

    /// With one pod: it is counted, its way there and back was timed, and the room is what the node says it is.
    private func measuresAreRight(of cluster: String, in fleet: Fleet) async throws {
        let shape = "8/32Gi"
        try await eventually("the metrics say what is", within: .seconds(15)) {
            let slots = try await fleet.node(cluster).annotation("martlet.dev/slots") ?? ""
            let page = try await StatusPage.get("/metrics")
            let room = page.value(of: "martlet_cluster_slots{cluster=\"\(cluster)\",shape=\"\(shape)\"}") ?? 0
            return [
                page.value(of: "martlet_pods{node=\"\(cluster)\",phase=\"Running\"}") == 1,
                page.value(of: "martlet_pod_status_lag_seconds_count{node=\"\(cluster)\"}") ?? 0 > 0,
                page.value(of: "martlet_pod_delegation_duration_seconds_count{node=\"\(cluster)\"}") ?? 0 > 0,
                room > 0,
                slots.split(separator: ",").contains("\(shape)=\(Int(room))"),
            ]
        } until: { (found: [Bool]) in
            !found.contains(false)
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

/// What a martlet answers at its metrics address.
struct StatusPage: Equatable {
    let status: Int
    let text: String

    /// - Parameter address: that of the martlet of these tests, or of another process.
    static func get(_ path: String, at address: String = "127.0.0.1:\(FleetPlan.statusPort)") async throws -> StatusPage
    {
        let http = try CurlHTTPClient.start()
        let url = "http://\(address)\(path)"
        let answer = try await withCleanUp({ await http.shutdown() }) {
            try await http.send(HTTPRequest(url: url, timeout: .seconds(20)), over: ConnectionOptions())
        }
        return StatusPage(status: answer.status, text: String(decoding: answer.body, as: UTF8.self))
    }

    /// Of metrics the value of a series, which is given with all its labels; nil if the page does not have it.
    func value(of series: String) -> Double? {
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(series) ") }
        return line.flatMap { Double($0.dropFirst(series.count + 1)) }
    }
}
