import Foundation
import KubeClient
import KubeModel
import Synchronization
import Testbed
import Testing
import Transport

/// The metrics API of a cluster (metrics.k8s.io), served behind its aggregator as metrics-server serves it: each node's
/// kubelet is scraped at the address and port that the Node states, with TLS checked against the cluster's authority and
/// a token that may read `nodes/metrics`; two samples make a rate. metrics-server itself is in no package here.
final class MetricsServer: Sendable {
    /// What it knows, by what it is of.
    private struct State {
        var nodes: [String: MetricsHistory] = [:]
        var containers: [MetricsScrape.Container: MetricsHistory] = [:]
        var failures: [String: String] = [:]
    }

    private static let account = "scraper"
    private static let namespace = "kube-system"

    private let cluster: FleetCluster
    private let token: String
    private let http: CurlHTTPClient
    private let state = Mutex(State())

    private init(_ cluster: FleetCluster, token: String, http: CurlHTTPClient) {
        self.cluster = cluster
        self.token = token
        self.http = http
    }

    /// Serves the metrics API of a cluster while the body runs, once the cluster knows it.
    static func with<Value>(
        _ cluster: FleetCluster,
        _ body: (MetricsServer) async throws -> Value
    ) async throws -> Value {
        let (loop, http) = (try ConnectionLoop.start(), try CurlHTTPClient.start())
        let result: Result<Value, any Error>
        do {
            let metrics = MetricsServer(cluster, token: try await token(in: cluster), http: http)
            result = .success(try await metrics.serve(on: loop, body))
        } catch {
            result = .failure(error)
        }
        await loop.stop()
        await http.shutdown()
        return try result.get()
    }

    /// Counters that went down.
    var declines: Int { state.withLock { $0.containers.values.reduce(0) { $0 + $1.declines } } }

    /// Why nodes could not be scraped the last time, by their names.
    var failures: [String: String] { state.withLock { $0.failures } }

    private func serve<Value>(
        on loop: ConnectionLoop,
        _ body: (MetricsServer) async throws -> Value
    ) async throws -> Value {
        let issued = try cluster.control.authority.issueServer(
            commonName: Self.account,
            names: ["\(Self.account).\(Self.namespace).svc"]
        )
        let server = try HTTPServer(
            on: loop,
            host: cluster.control.endpoint.host,
            port: 0,
            context: TLSServerContext(certificatePEM: issued.certificatePEM, keyPEM: issued.keyPEM)
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run { await self.answer($0) } }
            group.addTask { try await self.scrape() }
            try await register(port: server.port)
            let value = try await body(self)
            group.cancelAll()
            return value
        }
    }
}

// MARK: - Standing in the cluster

extension MetricsServer {
    /// An account with the rights of metrics-server, old and new, and a token of it.
    private static func token(in cluster: FleetCluster) async throws -> String {
        let metadata: JSON = ["name": .string(account), "namespace": .string(namespace)]
        try await cluster.apply(["apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata])
        try await cluster.apply([
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": ["name": .string(account)],
            "rules": [["apiGroups": [""], "resources": ["nodes/metrics", "nodes/stats"], "verbs": ["get"]]],
        ])
        try await cluster.apply([
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": ["name": .string(account)],
            "roleRef": [
                "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": .string(account),
            ],
            "subjects": [
                ["kind": "ServiceAccount", "name": .string(account), "namespace": .string(namespace)]
            ],
        ])
        let request: JSON = ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": [:]]
        let answer = try await cluster.client.create(
            .serviceAccounts,
            namespace: namespace,
            object: request,
            subresource: "token",
            name: account
        )
        return try #require(answer.at("status", "token")?.string)
    }

    /// A Service that leads out of the cluster: nobody routes to cluster addresses here.
    private func register(port: UInt16) async throws {
        try await cluster.apply([
            "apiVersion": "v1", "kind": "Service",
            "metadata": ["name": .string(Self.account), "namespace": .string(Self.namespace)],
            "spec": ["type": "ExternalName", "externalName": .string(cluster.control.endpoint.host)],
        ])
        try await cluster.apply([
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
            "metadata": ["name": "v1beta1.metrics.k8s.io"],
            "spec": [
                "group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
                "caBundle": .string(Data(cluster.control.authority.certificatePEM).base64EncodedString()),
                "service": [
                    "name": .string(Self.account), "namespace": .string(Self.namespace), "port": .int(Int64(port)),
                ],
            ],
        ])
        try await eventually("the metrics API of \(cluster.name) is served", within: .seconds(30)) {
            try await cluster.client.raw(path: "/apis/metrics.k8s.io/v1beta1").status
        } until: {
            $0 == 200
        }
    }
}

// MARK: - Scraping

extension MetricsServer {
    private func scrape() async throws {
        while true {
            do {
                for node in try await cluster.list(.nodes) { await scrape(node) }
            } catch is APIError {
                // The next round will tell.
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func scrape(_ node: JSON) async {
        let failure: String?
        do {
            failure = try await scrape(node.name, at: try Self.place(of: node))
        } catch {
            failure = "\(error)"
        }
        state.withLock { $0.failures[node.name] = failure }
    }

    private func scrape(_ name: String, at place: String) async throws -> String? {
        let request = HTTPRequest(
            url: "https://\(place)/metrics/resource",
            headers: [(name: "Authorization", value: "Bearer \(token)")],
            timeout: .seconds(10)
        )
        let tls = TLSOptions(caPEM: cluster.control.authority.certificatePEM)
        let response = try await http.send(request, over: ConnectionOptions(tls: tls))
        guard response.status == 200 else { return String(decoding: response.body, as: UTF8.self) }
        let scrape = MetricsScrape(page: String(decoding: response.body, as: UTF8.self))
        state.withLock { state in
            if let node = scrape.node { state.nodes[name, default: MetricsHistory()].note(node) }
            for (container, point) in scrape.containers {
                state.containers[container, default: MetricsHistory()].note(point)
            }
        }
        return nil
    }

    private static func place(of node: JSON) throws -> String {
        let addresses = node.at("status", "addresses")?.array ?? []
        let address = addresses.first { $0["type"] == "InternalIP" }?["address"]?.string
        let port = node.at("status", "daemonEndpoints", "kubeletEndpoint", "Port")?.int
        guard let address, let port else { throw DidNotLast(what: "\(node.name) says where its kubelet is") }
        return "\(address):\(port)"
    }
}

// MARK: - Serving

extension MetricsServer {
    private func answer(_ exchange: HTTPExchange) async {
        let words = exchange.request.target.segments.dropFirst(3)
        let selector = exchange.request.target.query.first { $0.name == "labelSelector" }?.value
        do {
            let body = try await answer(Array(words), selector)
            exchange.respond(
                status: body == nil ? 404 : 200,
                headers: [("Content-Type", "application/json")],
                body: body?.serialized() ?? []
            )
        } catch {
            exchange.respond(status: 500)
        }
    }

    private func answer(_ words: [String], _ selector: String?) async throws -> JSON? {
        switch (words.first ?? "", words.count) {
        case ("", 0): return Self.discovery
        case ("nodes", 1): return Self.list("NodeMetricsList", nodes.values)
        case ("nodes", 2): return nodes[words[1]]
        case ("pods", 1): return Self.list("PodMetricsList", try await pods(in: nil, selector))
        case ("namespaces", 3) where words[2] == "pods":
            return Self.list("PodMetricsList", try await pods(in: words[1], selector))
        case ("namespaces", 4) where words[2] == "pods":
            return try await pods(in: words[1], nil).first { $0.name == words[3] }
        default: return nil
        }
    }

    private static let discovery: JSON = [
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "metrics.k8s.io/v1beta1",
        "resources": [
            [
                "name": "nodes", "singularName": "", "namespaced": false, "kind": "NodeMetrics",
                "verbs": ["get", "list"],
            ],
            ["name": "pods", "singularName": "", "namespaced": true, "kind": "PodMetrics", "verbs": ["get", "list"]],
        ],
    ]

    private static func list(_ kind: String, _ items: some Sequence<JSON>) -> JSON {
        [
            "kind": .string(kind), "apiVersion": "metrics.k8s.io/v1beta1", "metadata": [:],
            "items": .array(Array(items)),
        ]
    }

    private var nodes: [String: JSON] {
        let nodes = state.withLock { $0.nodes }
        return nodes.compactMapValues { $0.usage }.reduce(into: [:]) { result, entry in
            let (name, usage) = entry
            var item = Self.item("NodeMetrics", ["name": .string(name)], usage.time, usage.window)
            item["usage"] = Self.amounts(usage.cores, usage.bytes)
            result[name] = item
        }
    }

    /// A pod is told when all its containers are known.
    private func pods(in namespace: String?, _ selector: String?) async throws -> [JSON] {
        let objects = try await cluster.client.list(.pods, namespace: namespace, labelSelector: selector)
        let containers = state.withLock { $0.containers }
        return (objects["items"]?.array ?? []).compactMap { pod in
            let key = ObjectMeta(pod).key
            let names = (pod.at("spec", "containers")?.array ?? []).compactMap { $0["name"]?.string }
            let known = names.compactMap { name in
                containers[MetricsScrape.Container(pod: key, name: name)]?.usage.map { (name, $0) }
            }
            guard let first = known.first?.1, known.count == names.count else { return nil }
            let metadata: JSON = [
                "name": .string(key.name), "namespace": .string(key.namespace),
                "labels": pod.at("metadata", "labels") ?? [:],
            ]
            var item = Self.item("PodMetrics", metadata, first.time, first.window)
            item["containers"] = .array(
                known.map { ["name": .string($0.0), "usage": Self.amounts($0.1.cores, $0.1.bytes)] }
            )
            return item
        }
    }

    private static func item(_ kind: String, _ metadata: JSON, _ time: Double, _ window: Double) -> JSON {
        [
            "kind": .string(kind), "apiVersion": "metrics.k8s.io/v1beta1", "metadata": metadata,
            "timestamp": .string(Timestamp.format(time)), "window": .string("\(window)s"),
        ]
    }

    private static func amounts(_ cores: Double, _ bytes: Double) -> JSON {
        ["cpu": .string("\(Int64(max(0, cores) * 1e9))n"), "memory": .string("\(Int64(bytes / 1024))Ki")]
    }
}
