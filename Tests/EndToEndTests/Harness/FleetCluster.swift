import KubeClient
import KubeModel
import Testbed

/// A cluster of a fleet.
struct FleetCluster: Sendable {
    let name: String
    /// To stop, kill and freeze the cluster's own programs.
    let control: ControlPlane
    /// The way between martlet and the API server.
    let relay: Relay
    /// Calls the API server, not through the relay, as its administrator.
    let client: APIClient

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
        do {
            return try await client.get(resource, namespace: namespace, name: name)
        } catch let error as APIError where error.code == .notFound {
            return nil
        }
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
