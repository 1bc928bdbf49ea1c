import KubeClient
import KubeModel
import TestSupport
import Testbed
import Testing
import Transport

extension UsageTests {
    /// The pages of a virtual node, through the origin's API server.
    @Suite struct PageTests {}
}

extension UsageTests.PageTests {
    private static func page(_ space: TestSpace, _ node: String, _ page: String) async throws -> String {
        try await space.origin.kubectl("get", "--raw", "/api/v1/nodes/\(node)/proxy/\(page)")
    }

    private static func metrics(_ node: String, of space: TestSpace, until pods: Int) async throws -> MetricsScrape {
        try await eventually("\(node) tells what \(pods) containers use", within: .seconds(20)) {
            MetricsScrape(page: try await page(space, node, "metrics/resource"))
        } until: { scrape in
            scrape.containers.keys.count { $0.pod.namespace == space.name } == pods
        }
    }

    @Test("A node tells what its pods use, in the origin's names, as counters", .rows(46, 92))
    func resource() async throws {
        try await TestSpace.with("usage") { space in
            let pod = Manifest.busy("web", replicas: 3, cpu: "250m", in: "us-east")
            try await space.apply(pod)
            let snapshot = try await space.running(3)
            let first = try await Self.metrics("us-east", of: space, until: 3)
            let names = Set(first.containers.keys.map(\.pod).filter { $0.namespace == space.name })
            #expect(names == Set(snapshot.pods.map { ObjectMeta($0).key }))
            // virtual-kubelet's suite takes the second label for the pod's name.
            let page = try await Self.page(space, "us-east", "metrics/resource")
            for pod in snapshot.pods {
                let sample = #"pod_cpu_usage_seconds_total{namespace="\#(space.name)",pod="\#(pod.name)"} "#
                #expect(page.contains("\n\(sample)"))
            }
            // A container began when its kubelet and the pod's status say.
            for pod in snapshot.pods {
                let container = MetricsScrape.Container(pod: ObjectMeta(pod).key, name: "main")
                let delegate = try #require(snapshot.delegates(of: pod).first)
                let own = try await space.fleet.remote("us-east").client.raw(
                    path: "/api/v1/nodes/\(delegate.nodeName)/proxy/metrics/resource"
                )
                let kubelet = MetricsScrape(page: String(decoding: own.body, as: UTF8.self))
                let original = MetricsScrape.Container(pod: ObjectMeta(delegate).key, name: "main")
                let start = try #require(first.containers[container]?.start)
                #expect(start == kubelet.containers[original]?.start)
                #expect(start == pod.containerStart)
            }
            let later = try await eventually("the counters go on", within: .seconds(20)) {
                MetricsScrape(page: try await Self.page(space, "us-east", "metrics/resource"))
            } until: { later in
                later.containers.filter { $0.key.pod.namespace == space.name }
                    .allSatisfy { $0.value.time >= (first.containers[$0.key]?.time ?? 0) + 3000 }
            }
            for (container, point) in later.containers where container.pod.namespace == space.name {
                let before = try #require(first.containers[container])
                #expect(point.start == before.start)
                #expect(
                    abs((point.cpuSeconds - before.cpuSeconds) / ((point.time - before.time) / 1000) - 0.25) < 0.001
                )
                #expect(point.memoryBytes == 64 * 1024 * 1024)
            }
            #expect(try #require(later.node).cpuSeconds > #require(first.node).cpuSeconds)
            // Those of another node are told there, if they are told at all.
            let other = try await space.origin.client.raw(path: "/api/v1/nodes/eu-central/proxy/metrics/resource")
            #expect(!String(decoding: other.body, as: UTF8.self).contains(space.name))
        }
    }

    @Test("The summary has the node's name, its pods by UID and all their containers", .rows(92))
    func summary() async throws {
        try await TestSpace.with("summary") { space in
            try await space.apply(Manifest.busy("web", replicas: 2, cpu: "100m", in: "us-east"))
            let pods = try await space.running(2).pods
            for query in ["", "?only_cpu_and_memory=true"] {
                let found = try await eventually("the summary has both pods", within: .seconds(20)) {
                    let summary = try JSON.parse(try await Self.page(space, "us-east", "stats/summary\(query)"))
                    #expect(summary.at("node", "nodeName") == "us-east")
                    return (summary["pods"]?.array ?? [])
                        .filter { $0.at("podRef", "namespace")?.string == space.name }
                } until: {
                    $0.count == 2
                }
                #expect(Set(found.map { $0.at("podRef", "uid")?.string }) == Set(pods.map(\.uid)))
                #expect(Set(found.map { $0.at("podRef", "name")?.string }) == Set(pods.map(\.name)))
                for pod in found {
                    #expect(pod["containers"]?.array?.compactMap { $0["name"]?.string } == ["main"])
                    #expect(pod["containers"]?[0]?.at("cpu", "usageNanoCores")?.int == 100_000_000)
                    #expect(pod["containers"]?[0]?["startTime"]?.string != nil)
                }
            }
        }
    }

    @Test("Where kubelets may not be asked the remote's metrics API is, and without one nothing is made up", .rows(92))
    func fallback() async throws {
        try await TestSpace.with("fallback") { space in
            try await space.apply(Manifest.busy("web", replicas: 2, cpu: "500m", in: "eu-central"))
            let pods = try await space.running(2).pods
            let remote = space.fleet.remote("eu-central")
            try await Self.isSilent(space)
            try await MetricsServer.with(remote) { _ in
                let first = try await Self.metrics("eu-central", of: space, until: 2)
                let later = try await eventually("the counters go on", within: .seconds(30)) {
                    MetricsScrape(page: try await Self.page(space, "eu-central", "metrics/resource"))
                } until: { later in
                    later.containers.filter { $0.key.pod.namespace == space.name }
                        .allSatisfy { $0.value.time > (first.containers[$0.key]?.time ?? 0) }
                }
                for (container, point) in later.containers where container.pod.namespace == space.name {
                    let before = try #require(first.containers[container])
                    let rate = (point.cpuSeconds - before.cpuSeconds) / ((point.time - before.time) / 1000)
                    #expect(abs(rate - 0.5) < 0.01)
                    // With the container, or with the first sample of a container that is older than its window.
                    let pod = try #require(pods.first { ObjectMeta($0).key == container.pod })
                    #expect(try point.start >= #require(pod.containerStart))
                    #expect(point.start == before.start)
                    #expect(point.start < before.time / 1000)
                }
                for page in ["cadvisor", "probes"] {
                    let path = "/api/v1/nodes/eu-central/proxy/metrics/\(page)"
                    #expect(try await space.origin.client.raw(path: path).status == 404, "\(page)")
                }
            }
            try await eventually("the remote has no metrics API any more", within: .seconds(20)) {
                try await remote.client.raw(path: "/apis/metrics.k8s.io/v1beta1").status
            } until: {
                $0 == 404
            }
            try await Self.isSilent(space)
        }
    }

    /// Waits until nothing is told of eu-central: an answer is given again for five seconds.
    private static func isSilent(_ space: TestSpace) async throws {
        try await eventually("eu-central tells nothing", within: .seconds(20)) {
            try await space.origin.client.raw(path: "/api/v1/nodes/eu-central/proxy/metrics/resource").status
        } until: {
            $0 == 503
        }
    }

    @Test("kubectl reaches a node's own pages through the API server", .rows(92))
    func pages() async throws {
        try await TestSpace.with("pages") { space in
            try await space.apply(Manifest.busy("web", replicas: 1, cpu: "100m", in: "us-east"))
            let pod = try #require(try await space.running(1).pods.first)
            #expect(try await Self.page(space, "us-east", "healthz") == "ok")
            #expect(try await Self.page(space, "us-east", "configz").contains("kubeletconfig"))
            let metrics = try await Self.page(space, "us-east", "metrics")
            #expect(metrics.contains("martlet_pods{node=\"us-east\",phase=\"Running\"}"))
            #expect(metrics.contains("martlet_pod_status_lag_seconds_count{node=\"us-east\"}"))
            for page in ["pods", "runningpods/"] {
                let list = try JSON.parse(try await Self.page(space, "us-east", page))
                let found = list["items"]?.array?.first { $0.uid == pod.uid }
                #expect(found?.name == pod.name)
                #expect(found?.at("metadata", "namespace")?.string == space.name)
            }
            for page in ["nothing", "stats", "metrics/nothing", "logs/"] {
                let answer = try await space.origin.client.raw(path: "/api/v1/nodes/us-east/proxy/\(page)")
                #expect(answer.status == 404, "\(page)")
            }
        }
    }
}

extension JSON {
    /// When the pod's first container began, in seconds since 1970; nil if it does not run.
    var containerStart: Double? {
        firstContainer?.at("state", "running", "startedAt")?.string.flatMap(Timestamp.parse)
    }
}
