import KubeClient
import KubeModel
import Synchronization
import TestSupport
import Testing

@testable import Providers

/// What delegates use, asked of a scripted API server with two nodes.
@Suite(.timeLimit(.minutes(1))) struct RemoteUsageTests {
    /// The server: what it says at each path, and what it was asked.
    final class Server: Sendable {
        let asked = Mutex<[String]>([])
        let answers = Mutex<[String: (status: Int, body: String)]>([:])
        let now = Mutex(ContinuousClock.now)
        let isReachable = Mutex(true)

        func say(_ path: String, _ body: String, status: Int = 200) {
            answers.withLock { $0[path] = (status, body) }
        }

        func usage(_ delegates: [JSON]) throws -> RemoteUsage {
            let http = ScriptedHTTPClient { [self] call in
                asked.withLock { $0.append(call.path) }
                let answer = answers.withLock { $0[call.path] } ?? (status: 404, body: "404 page not found")
                call.respond(bytes: Array(answer.body.utf8), status: answer.status)
            }
            let store = ObjectStore<Delegate>()
            store.replace(try delegates.map(Delegate.init), resourceVersion: "1")
            let nodes = ObjectStore<RemoteNode>()
            let ready: JSON = ["conditions": [["type": "Ready", "status": "True"]]]
            let all: [JSON] = [
                ["metadata": ["name": "one"], "status": ready], ["metadata": ["name": "two"], "status": ready],
                ["metadata": ["name": "idle"], "status": ready], ["metadata": ["name": "dead"]],
            ]
            nodes.replace(try all.map(RemoteNode.init), resourceVersion: "1")
            return RemoteUsage(
                cluster: "us-east",
                client: .scripted(http),
                labelSelector: RemoteFixture.identity.labelSelector,
                delegates: store,
                nodes: nodes,
                isReachable: { [self] in isReachable.withLock { $0 } },
                logger: InMemoryLogSink().logger(),
                now: { [self] in now.withLock { $0 } }
            )
        }
    }

    static func delegate(_ name: String, on node: String) -> JSON {
        [
            "metadata": [
                "name": .string(name), "namespace": "shop-abc", "uid": .string("delegate-\(name)"),
                "labels": ["martlet.dev/pod-uid": .string("pod-\(name)")],
                "annotations": [
                    "martlet.dev/pod": .string("shop/\(name)"),
                    "martlet.dev/delegate": .string("shop-abc/\(name)"),
                ],
            ],
            "spec": ["nodeName": .string(node)],
            "status": [
                "phase": "Running", "startTime": "2026-11-21T06:00:00Z",
                "containerStatuses": [
                    ["name": "main", "state": ["running": ["startedAt": "2026-11-21T06:00:01Z"]]]
                ],
            ],
        ]
    }

    private static let delegates = [delegate("a", on: "one"), delegate("b", on: "two"), delegate("c", on: "dead")]
    static let pods: [UID: ObjectKey] = [
        "pod-a": ObjectKey(namespace: "shop", name: "a"), "pod-b": ObjectKey(namespace: "shop", name: "b"),
        "pod-c": ObjectKey(namespace: "shop", name: "c"),
    ]

    static func path(_ node: String, _ page: String) -> String { "/api/v1/nodes/\(node)/proxy/\(page)" }
    static let list = "/apis/metrics.k8s.io/v1beta1/pods"

    private static func line(_ name: String, _ value: Int) -> String {
        #"pod_cpu_usage_seconds_total{namespace="shop-abc",pod="\#(name)"} \#(value) 1700000000000"# + "\n"
    }

    @Test func `Each node that runs delegates is asked once, and others are not`() async throws {
        let server = Server()
        server.say(Self.path("one", "metrics/resource"), Self.line("a", 1) + Self.line("b", 9))
        server.say(Self.path("two", "metrics/resource"), Self.line("b", 2))
        let page = try await server.usage(Self.delegates).page(.resource, of: Self.pods)
        #expect(
            server.asked.withLock { Set($0) }
                == [Self.path("one", "metrics/resource"), Self.path("two", "metrics/resource")]
        )
        // What node "one" says of a pod of node "two" is not believed.
        #expect(Set(page.readings.map(\.cpuSeconds)) == [1, 2])
        #expect(page.gaps.isEmpty)
    }

    @Test func `A node that fails is a gap, and the others are there`() async throws {
        let server = Server()
        server.say(Self.path("one", "metrics/resource"), Self.line("a", 1))
        server.say(Self.path("two", "metrics/resource"), "broken", status: 502)
        let page = try await server.usage(Self.delegates).page(.resource, of: Self.pods)
        #expect(page.readings.map(\.cpuSeconds) == [1])
        #expect(page.gaps == ["two answers 502: broken"])
        #expect(!server.asked.withLock { $0.contains(Self.list) })
    }

    @Test func `A kubelet that could not read its containers is a gap too`() async throws {
        let server = Server()
        server.say(Self.path("one", "metrics/cadvisor"), "container_scrape_error 1\n")
        server.say(Self.path("two", "metrics/cadvisor"), Self.line("b", 2) + "container_scrape_error 0\n")
        let page = try await server.usage(Self.delegates).page(.cadvisor, of: Self.pods)
        #expect(page.gaps == ["one: the kubelet could not read all of its containers"])
        #expect(!page.exposition.isEmpty)
    }

    /// The CPU seconds that a page tells of pod "a".
    private static func told(_ usage: RemoteUsage) async throws -> Double? {
        try await usage.page(.resource, of: pods).readings.first { $0.instanceUID == "delegate-a" }?.cpuSeconds
    }

    @Test(arguments: [401, 500, 502, 504])
    func `A kubelet that fails is silent for that time, and nobody else is asked`(status: Int) async throws {
        let server = Server()
        let usage = try server.usage([Self.delegate("a", on: "one")])
        server.say(Self.list, Self.sample("500m"))
        server.say(Self.path("one", "metrics/resource"), Self.line("a", 1000))
        #expect(try await Self.told(usage) == 1000)
        server.say(Self.path("one", "metrics/resource"), "broken", status: status)
        let error = await #expect(throws: ProviderError.self) { try await usage.page(.resource, of: Self.pods) }
        #expect(error?.code == .unavailable)
        server.say(Self.path("one", "metrics/resource"), Self.line("a", 1001))
        #expect(try await Self.told(usage) == 1001)
        #expect(!server.asked.withLock { $0.contains(Self.list) })
    }

    @Test func `A counter goes on when the right to ask kubelets is given, and when it is taken away`() async throws {
        let server = Server()
        let usage = try server.usage([Self.delegate("a", on: "one")])
        let kubelet = Self.path("one", "metrics/resource")
        server.say(kubelet, "no", status: 403)
        server.say(Self.list, Self.sample("500m"))
        #expect(try await Self.told(usage) == 15)
        server.now.withLock { $0 += .seconds(61) }
        let container = #"container_cpu_usage_seconds_total{namespace="shop-abc",pod="a",container="main"} "#
        server.say(kubelet, Self.line("a", 1000) + container + "990 1700000000000\n")
        #expect(try await Self.told(usage) == 15)
        server.say(kubelet, Self.line("a", 1002) + container + "992 1700000000000\n")
        let page = try await usage.page(.resource, of: Self.pods)
        let text = String(decoding: page.exposition.pieces.joined(), as: UTF8.self)
        #expect(text.contains(#"pod_cpu_usage_seconds_total{namespace="shop",pod="a"} 17 1700000000000"#))
        #expect(text.contains(#"{namespace="shop",pod="a",container="main"} 17 1700000000000"#))
        server.say(kubelet, "no", status: 403)
        // The same sample again: nothing was used since, as far as it says.
        #expect(try await Self.told(usage) == 17)
    }

    @Test func `What is kept of all nodes' answers together has a bound`() async throws {
        let http = ScriptedHTTPClient { call in
            let name = call.path.contains("/one/") ? "a" : "b"
            call.respond(bytes: Array(String(repeating: Self.line(name, 1), count: 10).utf8), status: 200)
        }
        var nodes: [String: UsageSubjects] = [:]
        for (node, name) in [("one", "a"), ("two", "b")] {
            let key = ObjectKey(namespace: "shop-abc", name: name)
            let subject = UsageSubjects.Subject(
                podUID: name,
                key: key,
                instanceUID: "delegate-\(name)",
                start: nil,
                containerStarts: [:]
            )
            nodes[node, default: UsageSubjects()].add(subject, at: key)
        }
        let size = 10 * (Self.line("a", 1).utf8.count)
        func gaps(_ limit: Int) async throws -> Int {
            try await RemoteKubelets(client: .scripted(http), limit: limit).page(.resource, on: nodes).gaps.count
        }
        #expect(try await gaps(2 * size) == 0)
        #expect(try await gaps(2 * size - 1) == 1)
    }

    /// What the metrics API says of pod "a" at one time, and of another pod of its name.
    private static func sample(_ cores: String, memory: String = "64Ki") -> String {
        """
        {"items": [{"metadata": {"namespace": "shop-abc", "name": "a"}, "timestamp": "2026-11-21T06:10:00Z",
          "window": "30s", "containers": [{"name": "main", "usage": {"cpu": "\(cores)", "memory": "\(memory)"}}]},
         {"metadata": {"namespace": "kube-system", "name": "a"}, "timestamp": "2026-11-21T06:10:00Z",
          "containers": [{"name": "main", "usage": {"cpu": "1", "memory": "1Ki"}}]}]}
        """
    }

    @Test func `Without the right to ask kubelets the metrics API is asked, and the no is remembered`() async throws {
        let server = Server()
        for node in ["one", "two"] { server.say(Self.path(node, "metrics/resource"), "no", status: 403) }
        server.say(Self.list, Self.sample("500m"))
        let usage = try server.usage(Self.delegates)
        for _ in 0..<2 {
            let page = try await usage.page(.resource, of: Self.pods)
            #expect(page.readings.map(\.cpuSeconds) == [15])
            #expect(page.readings.map(\.memoryBytes) == [64 << 10])
            let text = String(decoding: page.exposition.pieces.joined(), as: UTF8.self)
            #expect(text.contains(#"container_cpu_usage_seconds_total{namespace="shop",pod="a",container="main"} 15 "#))
            // The counter is younger than its container: 06:09:30.
            #expect(text.contains(#"{namespace="shop",pod="a",container="main"} 1795241370"#))
        }
        let before = server.asked.withLock { $0.filter { $0.contains("/proxy/") }.count }
        #expect(before <= 2)
        server.now.withLock { $0 += .seconds(61) }
        _ = try await usage.page(.resource, of: Self.pods)
        #expect(server.asked.withLock { $0.filter { $0.contains("/proxy/") }.count } > before)
    }

    @Test func `Where nothing is to be had nothing is said`() async throws {
        let server = Server()
        for node in ["one", "two"] { server.say(Self.path(node, "metrics/resource"), "no", status: 403) }
        let usage = try server.usage(Self.delegates)
        let error = await #expect(throws: ProviderError.self) { try await usage.page(.resource, of: Self.pods) }
        #expect(error?.code == .unavailable)
        let cadvisor = await #expect(throws: ProviderError.self) { try await usage.page(.cadvisor, of: Self.pods) }
        #expect(cadvisor?.code == .rejected)
        server.isReachable.withLock { $0 = false }
        let count = server.asked.withLock { $0.count }
        await #expect(throws: ProviderError.self) { try await usage.summary(.full, of: Self.pods) }
        #expect(server.asked.withLock { $0.count } == count)
    }

    @Test func `Without delegates there is nothing to ask for`() async throws {
        let server = Server()
        let usage = try server.usage([])
        #expect(try await usage.page(.resource, of: [:]).exposition.isEmpty)
        #expect(try await usage.summary(.full, of: [:]).pods.isEmpty)
        #expect(server.asked.withLock { $0.isEmpty })
    }

    /// A container that began before its pod is none of it, and what is no number was not measured.
    @Test(
        arguments: [
            ("1e300", .max), ("9223372036854775807", .max), ("-1e300", nil), ("NaN", nil), ("+Inf", nil),
        ] as [(String, Int64?)]
    )
    func `A measure beyond all there is, of a kubelet that lies, is bounded and ends nothing`(
        value: String,
        bytes: Int64?
    ) async throws {
        let server = Server()
        let lies = [
            "container_cpu_usage_seconds_total", "container_memory_working_set_bytes", "container_start_time_seconds",
        ]
        let lines = lies.map {
            "\($0){container=\"main\",namespace=\"shop-abc\",pod=\"a\"} \(value) 9223372036854775807\n"
        }
        server.say(Self.path("one", "metrics/resource"), lines.joined())
        server.say(Self.path("two", "metrics/resource"), Self.line("b", 2))
        let usage = try server.usage(Self.delegates)
        let readings = try await usage.page(.resource, of: Self.pods).readings
        #expect(readings.first { $0.instanceUID == "delegate-a" }?.memoryBytes == bytes)
        #expect(readings.first { $0.instanceUID == "delegate-b" }?.cpuSeconds == 2)
        let number = bytes == nil ? "2000000000" : "1e300"
        let measures =
            #""cpu": {"time": "2026-11-21T06:10:00Z", "usageCoreNanoSeconds": \#(number), "usageNanoCores": 1}"#
        let pod = #"{"podRef": {"name": "a", "namespace": "shop-abc", "uid": "delegate-a"}, \#(measures)}"#
        server.say(Self.path("one", "stats/summary"), #"{"pods": [\#(pod)]}"#)
        let summary = try await usage.summary(.full, of: Self.pods)
        #expect(summary.readings.map(\.nanoCores) == [1])
    }

    @Test(arguments: [("9E", 9_000_000_000_000_000_000), ("1e20", .max), ("1e-300", 0)] as [(String, Int64)])
    func `A measure beyond all there is, of a metrics API that lies, is bounded and ends nothing`(
        value: String,
        bytes: Int64
    ) async throws {
        let server = Server()
        for page in ["metrics/resource", "stats/summary"] {
            for node in ["one", "two"] { server.say(Self.path(node, page), "no", status: 403) }
        }
        server.say(Self.list, Self.sample(value, memory: value))
        let usage = try server.usage(Self.delegates)
        let readings = try await usage.page(.resource, of: Self.pods).readings
        let told = try await usage.summary(.full, of: Self.pods).readings
        #expect(readings.map(\.memoryBytes) == [bytes])
        #expect(told.map(\.memoryBytes) == [bytes])
    }

    @Test func `A summary has the origin's names, and keeps what it does not know`() async throws {
        let server = Server()
        func summary(_ name: String, uid: String) -> String {
            """
            {"node": {"nodeName": "one"}, "pods": [{"podRef": {"name": "\(name)", "namespace": "shop-abc", "uid": "\(uid)"},
             "cpu": {"time": "2026-11-21T06:10:00Z", "usageNanoCores": 7, "usageCoreNanoSeconds": 2000000000},
             "memory": {"workingSetBytes": 4096}, "news": 1,
             "volume": [{"name": "v", "pvcRef": {"name": "data", "namespace": "shop-abc"}}]}]}
            """
        }
        server.say(Self.path("one", "stats/summary"), summary("a", uid: "delegate-a"))
        server.say(Self.path("two", "stats/summary"), summary("b", uid: "an-earlier-one"))
        let result = try await server.usage(Self.delegates).summary(.full, of: Self.pods)
        #expect(result.pods.count == 1)
        let pod = try JSON.parse(result.pods.first ?? [])
        #expect(pod["podRef"] == ["name": "a", "namespace": "shop", "uid": "pod-a"])
        #expect(pod["news"] == 1)
        #expect(pod["volume"]?[0]?.at("pvcRef", "namespace") == "shop")
        #expect(result.readings.map(\.nanoCores) == [7])
        #expect(result.readings.map(\.cpuSeconds) == [2])
    }
}
