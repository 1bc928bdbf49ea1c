internal import KubeClient
internal import KubeModel
internal import VirtualNode

/// All that was found out about a virtual node, from the origin alone. Pure.
struct NodeFacts: Sendable {
    /// As the origin has it.
    let node: Node
    /// Since when a condition is as it is (RFC 3339), by its type.
    let since: [String: String]
    let row: ClusterRow
    /// Those that are bound to it; nil where they can't be listed.
    var pods: [JSON]?
    /// What has happened to it, the latest last.
    var events: [JSON] = []
    /// What could not be read.
    var notes: [String] = []

    /// The conditions that tell of something wrong: all but Ready do, unless they are False.
    var furtherConditions: [NodeCondition] {
        node.conditions.filter { $0.type != StatedCondition.readyType && $0.status != "False" }
    }

    /// What keeps pods off it that tolerate nothing, in words.
    var obstacles: [String] {
        let cordon = node.unschedulable ? ["it is cordoned (kubectl uncordon \(node.name))"] : []
        let taints = node.taints.filter { $0.effect != "PreferNoSchedule" }.map { taint in
            "taint \(taint.key)\(taint.value.isEmpty ? "" : "=\(taint.value)"):\(taint.effect)"
        }
        let room = (row.largestSlot.map { $0["pods"]?.isZero ?? false } ?? false) ? ["no single place is free"] : []
        return cordon + taints + room
    }

    /// How many of its pods are in each phase, by name.
    var phases: [(phase: String, count: Int)] {
        Dictionary(grouping: pods ?? [], by: Self.state).map { ($0.key, $0.value.count) }.sorted { $0.phase < $1.phase }
    }

    /// Those that neither run nor have finished.
    var waiting: [JSON] { (pods ?? []).filter { !["Running", "Succeeded", "Failed"].contains(Self.state($0)) } }

    static func state(_ pod: JSON) -> String {
        ObjectMeta(pod).deletionTimestamp != nil ? "Terminating" : pod.at("status", "phase")?.string ?? "Unknown"
    }
}

extension NodeFacts {
    /// Finds out what can be found out about a node.
    ///
    /// - Parameter now: since 1970, by the clock of the origin.
    /// - Throws: ``Refusal`` for a node of others; `APIError` if the node can't be read; `CancellationError`.
    static func read(_ name: String, from client: APIClient, now: Duration) async throws -> NodeFacts {
        let json = try await client.get(.nodes, name: name)
        let node = try Node(json: json)
        guard node.labels[NodeKeys.cluster] != nil else {
            throw Refusal("node \(name) is none of martlet's: kubectl describe node tells about it")
        }
        var notes: [String] = []
        let lease = try await optional("the lease of node \(name)", &notes) {
            try Lease(json: try await client.get(.leases, namespace: "kube-node-lease", name: name))
        }
        let pods = try await optional("the pods on it", &notes) {
            try await client.list(.pods, fieldSelector: "spec.nodeName=\(name)")["items"]?.array ?? []
        }
        let about = "involvedObject.kind=Node,involvedObject.name=\(name)"
        let events = try await optional("the events about it", &notes) {
            try await client.list(.events, namespace: "default", fieldSelector: about, limit: 500)["items"]?.array ?? []
        }
        var load: NodeLoad?
        if let pods {
            let bound = try pods.map { try BoundPod(json: Resource.pods.typed($0)) }
            load = NodeLoad.byNode(bound)[name] ?? NodeLoad()
        }
        let conditions = json.at("status", "conditions")?.array ?? []
        let times = conditions.map { ($0["type"]?.string ?? "", $0["lastTransitionTime"]?.string ?? "") }
        return NodeFacts(
            node: node,
            since: Dictionary(times) { first, _ in first },
            row: ClusterRow(node: node, lease: lease, load: load, now: now),
            pods: pods,
            events: (events ?? []).sorted { ExplanationLines.time($0) < ExplanationLines.time($1) },
            notes: notes
        )
    }

    /// What is of use and not needed: nil, with a note, where it can't be read.
    private static func optional<Value>(
        _ what: String,
        _ notes: inout [String],
        _ read: () async throws -> Value
    ) async throws -> Value? {
        do {
            return try await read()
        } catch let error as APIError {
            notes.append("\(what): \(error.message)")
            return nil
        }
    }
}
