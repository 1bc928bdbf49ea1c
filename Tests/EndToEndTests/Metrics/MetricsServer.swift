import Foundation
import KubeClient
import KubeModel
import Synchronization
import TestSupport
import Testbed
import Testing
import Transport

/// The metrics API of a cluster (metrics.k8s.io), served behind its aggregator as metrics-server serves it: each node's
/// kubelet is scraped at the address and port that the Node states, with TLS checked against the cluster's authority and
/// a token that may read the one page that is asked for; what comes of it is judged by metrics-server's own rules.
/// metrics-server itself is in no package here.
final class MetricsServer: Sendable {
    /// What it knows.
    private struct State {
        var storage = MetricsStorage()
        var failures: [String: String] = [:]
    }

    private static let service = "scraper"
    private static let namespace = "kube-system"

    let cluster: FleetCluster
    private let form: MetricsServerForm
    private let period: Duration
    private let token: String
    private let http: CurlHTTPClient
    private let state = Mutex(State())

    private init(
        _ cluster: FleetCluster,
        _ form: MetricsServerForm,
        every period: Duration,
        token: String,
        http: CurlHTTPClient
    ) {
        self.cluster = cluster
        self.form = form
        self.period = period
        self.token = token
        self.http = http
    }

    /// Serves the metrics API of a cluster while the body runs, from when the cluster knows it; then the cluster has none.
    ///
    /// - Parameters:
    ///   - form: the release that asks the kubelets.
    ///   - period: the time between two scrapes, by default far shorter than metrics-server's.
    static func with<Value>(
        _ cluster: FleetCluster,
        as form: MetricsServerForm = .resources,
        every period: Duration = .seconds(1),
        _ body: (MetricsServer) async throws -> Value
    ) async throws -> Value {
        let (loop, http) = (try ConnectionLoop.start(), try CurlHTTPClient.start())
        let result: Result<Value, any Error>
        do {
            let token = try await token(in: cluster, for: form)
            let metrics = MetricsServer(cluster, form, every: period, token: token, http: http)
            result = .success(try await metrics.serve(on: loop, body))
        } catch {
            result = .failure(error)
        }
        await loop.stop()
        await http.shutdown()
        return try result.get()
    }

    /// What it would make nothing of, of nodes and containers, and why.
    var faults: Set<String> { state.withLock { $0.storage.faults } }

    /// Why nodes could not be scraped the last time, by their names.
    var failures: [String: String] { state.withLock { $0.failures } }

    /// What nodes and pods use.
    var storage: MetricsStorage { state.withLock { $0.storage } }

    private func serve<Value>(
        on loop: ConnectionLoop,
        _ body: (MetricsServer) async throws -> Value
    ) async throws -> Value {
        let issued = try cluster.control.authority.issueServer(
            commonName: Self.service,
            names: ["\(Self.service).\(Self.namespace).svc"]
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
            let value = try await withCleanUp(unregister) {
                try await register(port: server.port)
                return try await body(self)
            }
            group.cancelAll()
            return value
        }
    }
}

// MARK: - Standing in the cluster

extension MetricsServer {
    /// A token of an account whose rights are those of this release and no more.
    private static func token(in cluster: FleetCluster, for form: MetricsServerForm) async throws -> String {
        // One for each form: who is asked remembers what an account may.
        let account = "\(service)-\(form.rawValue)"
        let metadata: JSON = ["name": .string(account), "namespace": .string(namespace)]
        try await cluster.apply(["apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata])
        try await cluster.apply([
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": ["name": .string(account)],
            "rules": [["apiGroups": [""], "resources": [.string(form.right)], "verbs": ["get"]]],
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

    private static let registration = Resource(
        group: "apiregistration.k8s.io",
        version: "v1",
        plural: "apiservices",
        kind: "APIService",
        namespaced: false
    )
    private static let registrationName = "v1beta1.metrics.k8s.io"

    /// A Service that leads out of the cluster: nobody routes to cluster addresses here.
    private func register(port: UInt16) async throws {
        try await cluster.apply([
            "apiVersion": "v1", "kind": "Service",
            "metadata": ["name": .string(Self.service), "namespace": .string(Self.namespace)],
            "spec": ["type": "ExternalName", "externalName": .string(cluster.control.endpoint.host)],
        ])
        try await cluster.apply([
            "apiVersion": .string(Self.registration.apiVersion), "kind": .string(Self.registration.kind),
            "metadata": ["name": .string(Self.registrationName)],
            "spec": [
                "group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
                "caBundle": .string(Data(cluster.control.authority.certificatePEM).base64EncodedString()),
                "service": [
                    "name": .string(Self.service), "namespace": .string(Self.namespace), "port": .int(Int64(port)),
                ],
            ],
        ])
        try await eventually("the metrics API of \(cluster.name) is served", within: .seconds(30)) {
            try await cluster.client.raw(path: "/apis/metrics.k8s.io/v1beta1").status
        } until: {
            $0 == 200
        }
    }

    /// An API that is registered and does not answer keeps the namespace controller from ending any namespace.
    private func unregister() async throws {
        _ = try await cluster.client.delete(Self.registration, name: Self.registrationName)
    }
}

// MARK: - Scraping

extension MetricsServer {
    private func scrape() async throws {
        while true {
            do {
                var scrapes: [String: MetricsScrape] = [:]
                for node in try await cluster.list(.nodes) { scrapes[node.name] = await scrape(node) }
                state.withLock { $0.storage.store(scrapes) }
            } catch is APIError {
                // The next round will tell.
            }
            try await Task.sleep(for: period)
        }
    }

    private func scrape(_ node: JSON) async -> MetricsScrape? {
        do {
            let response = try await ask(form.target, at: try Self.place(of: node))
            let failure = response.status == 200 ? nil : String(decoding: response.body, as: UTF8.self)
            let scrape: MetricsScrape? = if failure == nil { try form.scrape(response.body) } else { nil }
            state.withLock { $0.failures[node.name] = failure }
            return scrape
        } catch {
            state.withLock { $0.failures[node.name] = "\(error)" }
            return nil
        }
    }

    /// How a node's kubelet answers to the account.
    func status(of target: String, on node: String) async throws -> Int {
        let node = try await cluster.client.get(.nodes, name: node)
        return try await ask(target, at: try Self.place(of: node)).status
    }

    private func ask(_ target: String, at place: String) async throws -> HTTPResponse {
        let request = HTTPRequest(
            url: "https://\(place)\(target)",
            headers: [(name: "Authorization", value: "Bearer \(token)")],
            timeout: .seconds(10)
        )
        let tls = TLSOptions(caPEM: cluster.control.authority.certificatePEM)
        return try await http.send(request, over: ConnectionOptions(tls: tls))
    }

    private static func place(of node: JSON) throws -> String {
        let addresses = node.at("status", "addresses")?.array ?? []
        let address = addresses.first { $0["type"] == "InternalIP" }?["address"]?.string
        let port = node.at("status", "daemonEndpoints", "kubeletEndpoint", "Port")?.int
        guard let address, let port else { throw DidNotLast(what: "\(node.name) says where its kubelet is") }
        return "\(address):\(port)"
    }
}
