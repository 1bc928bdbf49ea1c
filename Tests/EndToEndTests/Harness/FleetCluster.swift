import KubeClient
import KubeModel
import Testbed
import Transport

/// A cluster of a fleet.
struct FleetCluster: Sendable {
    let name: String
    /// To stop, kill and freeze the cluster's own programs.
    let control: ControlPlane
    /// The way between martlet and the API server.
    let relay: Relay
    /// Ends a simulated node as a power failure does.
    let stopNode: @Sendable (String) throws -> Void
    /// Calls the API server, not through the relay, as its administrator.
    let client: APIClient
    /// Where containers reach the API server, in a cluster that runs some.
    let addressForContainers: Endpoint?

    /// Runs the real kubectl as the cluster's administrator and returns what it printed.
    ///
    /// - Throws: `TestbedError` `.commandFailed` with what kubectl said.
    @discardableResult
    func kubectl(_ arguments: String..., stdin: String? = nil) async throws -> String {
        try await control.kubectl(arguments, input: stdin).checked().output
    }

    /// The same with the arguments as a list.
    @discardableResult
    func kubectl(_ arguments: [String], stdin: String? = nil) async throws -> String {
        try await control.kubectl(arguments, input: stdin).checked().output
    }

    /// Applies a manifest with `kubectl apply`.
    func apply(_ manifest: JSON, namespace: String? = nil) async throws {
        try await apply(manifest.text, namespace: namespace)
    }

    /// Applies a manifest with `kubectl apply`.
    func apply(_ manifest: String, namespace: String? = nil) async throws {
        let place = namespace.map { ["--namespace", $0] } ?? []
        _ = try await control.kubectl(["apply", "--filename", "-"] + place, input: manifest).checked()
    }
}

extension FleetCluster {
    /// Makes an object of the cluster as a whole, unless martlet or another test was first: `kubectl apply` of one that is
    /// made meanwhile fails.
    func ensure(_ object: JSON, _ resource: Resource) async throws {
        do {
            _ = try await client.create(resource, object: object)
        } catch let error as APIError where error.code == .alreadyExists {
            // It is there.
        }
    }

    /// Makes a namespace, if it is not there, and waits until a pod could be made there: the default ServiceAccount comes a moment later, and
    /// up to Kubernetes 1.23 its token another moment.
    func makeNamespace(_ name: String) async throws {
        let object: JSON = ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]]
        try await ensure(object, .namespaces)
        try await takes(in: name)
    }

    /// Waits until the cluster takes pods with these members of a spec: what they refer to has been made, and its API server
    /// may not know yet.
    func takes(_ members: JSON = [:], in namespace: String) async throws {
        let probe = Manifest.pod("probe", Manifest.podSpec(members)).serialized()
        try await eventually("namespace \(namespace) of \(name) takes pods with \(members.text)") {
            try await client.raw(
                "POST",
                path: Resource.pods.path(namespace: namespace),
                query: [(name: "dryRun", value: "All")],
                body: probe
            ).status
        } until: {
            $0 == 201
        }
    }
}

// MARK: - Reading

extension FleetCluster {
    /// The items of a collection.
    func list(_ resource: Resource, namespace: String? = nil, labels: String? = nil) async throws -> [JSON] {
        let list = try await client.list(resource, namespace: namespace, labelSelector: labels)
        return list["items"]?.array ?? []
    }

    /// The pods of a namespace.
    func pods(in namespace: String, labels: String? = nil) async throws -> [JSON] {
        try await list(.pods, namespace: namespace, labels: labels)
    }

    /// A pod; nil if there is none of that name.
    func pod(_ name: String, in namespace: String) async throws -> JSON? {
        try await find(.pods, name, in: namespace)
    }

    /// An object; nil if there is none of that name.
    func find(_ resource: Resource, _ name: String, in namespace: String? = nil) async throws -> JSON? {
        try await client.find(resource, namespace: namespace, name: name)
    }

    /// The events about an object, as "reason: message".
    func events(about name: String, in namespace: String) async throws -> [String] {
        let list = try await client.list(
            .events,
            namespace: namespace,
            fieldSelector: "involvedObject.name=\(name)"
        )
        return (list["items"]?.array ?? []).map { "\($0["reason"]?.string ?? ""): \($0["message"]?.string ?? "")" }
    }
}
