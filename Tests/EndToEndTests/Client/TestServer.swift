import Foundation
import KubeClient
import KubeModel
import Observability
import Testbed
import Transport

/// A control plane, the way to its API server, and clients for it.
struct TestServer: Sendable {
    let control: ControlPlane
    /// The way to the API server, for those who take it.
    let relay: Relay
    /// Calls the API server, not through the relay, as its administrator.
    let client: APIClient
    /// Where tests put files.
    let directory: String
    private let http: CurlHTTPClient

    @TaskLocal private static var running: TestServer?

    /// The server of the suite that the caller belongs to.
    static var current: TestServer {
        guard let running else { preconditionFailure("the suite has no server: give it the trait .server") }
        return running
    }

    /// Starts a control plane, runs the body, and takes everything away again.
    static func withServer(_ body: () async throws -> Void) async throws {
        let plan = TestbedPlan(origin: ClusterPlan(name: "server", way: RelayConditions()))
        try await withTestbed(plan) { testbed in
            guard let relay = testbed.origin.relay else { preconditionFailure("the plan has a relay") }
            let http = try CurlHTTPClient.start()
            let control = testbed.origin.controlPlane
            let server = TestServer(
                control: control,
                relay: relay,
                client: makeClient(control.access(), http),
                directory: try testbed.run.makeDirectory("files"),
                http: http
            )
            do {
                try await $running.withValue(server) { try await body() }
            } catch {
                await http.shutdown()
                throw error
            }
            await http.shutdown()
        }
    }

    /// A client that goes in as the access says.
    func client(_ access: any ClusterEndpoint) -> APIClient { Self.makeClient(access, http) }

    /// A client that goes in as the administrator, through the relay.
    var clientOverRelay: APIClient { client(control.access(via: relay.endpoint)) }

    /// Kills the API server and starts it again.
    func crash(whileDown body: () async throws -> Void = {}) async throws {
        let server = try control.component(.apiserver)
        await server.kill()
        try await body()
        try await server.start()
    }

    /// A fresh namespace, which goes with the server.
    func makeNamespace(_ prefix: String) async throws -> String {
        let object: JSON = ["metadata": ["generateName": .string("\(prefix)-")]]
        return try await client.create(.namespaces, object: Resource.namespaces.typed(object)).name
    }

    private static func makeClient(_ access: any ClusterEndpoint, _ http: CurlHTTPClient) -> APIClient {
        APIClient(
            access: access,
            http: http,
            userAgent: "martlet-tests",
            logger: .quiet,
            metrics: MetricsRegistry(),
            cluster: "server",
            budget: RequestBudget(.unlimited)
        )
    }
}

extension Logger {
    /// Says only what is an error.
    static var quiet: Logger { Logger(label: "tests", level: .error) }
}

// MARK: - Objects

extension TestServer {
    /// Makes a ConfigMap that holds a number.
    @discardableResult
    func makeConfigMap(_ name: String, in namespace: String, value: Int = 0) async throws -> JSON {
        try await client.create(.configMaps, namespace: namespace, object: Self.configMap(name, value: value))
    }

    /// Changes the number that a ConfigMap holds.
    @discardableResult
    func changeConfigMap(_ name: String, in namespace: String, value: Int) async throws -> JSON {
        let body: JSON = ["data": ["value": .string("\(value)")]]
        return try await client.patch(.configMaps, namespace: namespace, name: name, type: .merge, body: body)
    }

    func deleteConfigMap(_ name: String, in namespace: String) async throws {
        _ = try await client.delete(.configMaps, namespace: namespace, name: name)
    }

    static func configMap(_ name: String, value: Int = 0) -> JSON {
        Resource.configMaps.typed(["metadata": ["name": .string(name)], "data": ["value": .string("\(value)")]])
    }

    /// Makes an event. API servers keep no events in memory: what etcd forgets of them is gone.
    func makeEvent(_ name: String, in namespace: String) async throws {
        let event: JSON = [
            "metadata": ["name": .string(name)], "reason": "Test", "message": "says a test", "type": "Normal",
            "involvedObject": ["kind": "ConfigMap", "namespace": .string(namespace), "name": "nothing"],
        ]
        _ = try await client.create(.events, namespace: namespace, object: Resource.events.typed(event))
    }

    /// The versions of a collection's objects by name, as the server has them now.
    func versions(of resource: Resource, in namespace: String) async throws -> [String: String] {
        let items = try await client.list(resource, namespace: namespace)["items"]?.array ?? []
        return Dictionary(uniqueKeysWithValues: items.map { ($0.name, $0.resourceVersion) })
    }
}
