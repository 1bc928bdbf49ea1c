internal import KubeClient
internal import KubeModel
internal import VirtualNode

/// What the origin says of all of its clusters at one time.
struct FleetSnapshot: Sendable {
    let rows: [ClusterRow]
    /// What could not be read, and what is missing for it.
    let notes: [String]
    let seesPods: Bool
    let seesLeases: Bool

    /// What is asked of the origin.
    struct Query: Sendable {
        /// The clusters; empty for all.
        var names: [String] = []
        /// Selects virtual nodes by their labels.
        var labels = LabelSelector.everything

        var labelSelector: String {
            ([NodeKeys.cluster] + labels.requirements.map(\.description)).joined(separator: ",")
        }

        func admits(_ name: String) -> Bool { names.isEmpty || names.contains(name) }
    }

    /// Reads it. Without pods or leases it goes on: few people may list those.
    ///
    /// - Parameter now: since 1970, by the clock of the origin.
    /// - Throws: `APIError` if nodes can't be listed; `CancellationError`.
    static func read(_ query: Query, from client: APIClient, now: () -> Duration) async throws -> FleetSnapshot {
        let nodes = try await all(.nodes, in: client, labelSelector: query.labelSelector).map { try Node(json: $0) }
        let wanted = nodes.filter { query.admits($0.name) }
        var notes: [String] = []
        let leases = try await optional("node leases", without: "a silent martlet shows later", &notes) {
            try await all(.leases, in: client, namespace: "kube-node-lease").map { try Lease(json: $0) }
        }
        let pods = try await optional("pods", without: "what they ask for is not shown", &notes) {
            try await Self.pods(of: query, in: client)
        }
        let (held, loads) = (leases.map { byName($0) }, pods.map { NodeLoad.byNode($0) })
        let rows = wanted.sorted { $0.name < $1.name }.map { node in
            let load = loads.map { $0[node.name] ?? NodeLoad() }
            return ClusterRow(node: node, lease: held?[node.name], load: load, now: now())
        }
        return FleetSnapshot(rows: rows, notes: notes, seesPods: pods != nil, seesLeases: leases != nil)
    }

    static func byName(_ leases: [Lease]) -> [String: Lease] {
        Dictionary(leases.map { ($0.metadata.name, $0) }) { first, _ in first }
    }

    /// Of a few clusters their own pods are read, of all of them all that are bound.
    private static func pods(of query: Query, in client: APIClient) async throws -> [BoundPod] {
        var pods: [BoundPod] = []
        let selectors = query.names.map { "spec.nodeName=\($0)" }
        for selector in selectors.isEmpty ? [NodeLoad.fieldSelector] : selectors {
            pods += try await all(.pods, in: client, fieldSelector: selector).map { try BoundPod(json: $0) }
        }
        return pods
    }

    /// What is of use and not needed: nil, with a note, where this user may not see it.
    private static func optional<Value>(
        _ what: String,
        without loss: String,
        _ notes: inout [String],
        _ read: () async throws -> Value
    ) async throws -> Value? {
        do {
            return try await read()
        } catch let error as APIError where error.code == .forbidden {
            notes.append("\(what) can't be listed, \(loss): \(error.message)")
            return nil
        }
    }

    /// The items of a collection, page by page.
    private static func all(
        _ resource: Resource,
        in client: APIClient,
        namespace: String? = nil,
        labelSelector: String? = nil,
        fieldSelector: String? = nil
    ) async throws -> [JSON] {
        var items: [JSON] = []
        var token: String?
        repeat {
            let page = try await client.list(
                resource,
                namespace: namespace,
                labelSelector: labelSelector,
                fieldSelector: fieldSelector,
                limit: 500,
                continue: token
            )
            items += (page["items"]?.array ?? []).map(resource.typed)
            token = page.at("metadata", "continue")?.string
        } while token?.isEmpty == false
        return items
    }
}
