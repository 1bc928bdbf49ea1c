internal import KubeClient
internal import KubeModel
internal import VirtualNode

extension PodFacts {
    /// How long martlet may take to answer; it gives a cluster five seconds.
    private static let patience = Duration.seconds(15)

    /// Finds out what can be found out about a pod.
    ///
    /// - Parameter now: since 1970, by the clock of the origin.
    /// - Throws: `APIError` if the pod itself can't be read; `CancellationError`.
    static func read(_ key: ObjectKey, from client: APIClient, now: Duration) async throws -> PodFacts {
        let pod = try await client.get(.pods, namespace: key.namespace, name: key.name)
        var facts = PodFacts(pod: pod)
        await facts.readEvents(from: client)
        if facts.nodeName.isEmpty {
            await facts.readClusters(from: client, now: now)
        } else {
            await facts.readNode(from: client, now: now)
            switch facts.place {
            case .virtual, .unseen: await facts.askKeeper(through: client)
            case .foreign, .missing, .unscheduled: break
            }
        }
        try Task.checkCancellation()
        return facts
    }

    private mutating func readEvents(from client: APIClient) async {
        let selector = "involvedObject.uid=\(metadata.uid)"
        do {
            let list = try await client.list(
                .events,
                namespace: metadata.namespace,
                fieldSelector: selector,
                limit: 500
            )
            events = (list["items"]?.array ?? []).sorted { ExplanationLines.time($0) < ExplanationLines.time($1) }
        } catch {
            notes.append("the pod's events: \(Self.words(error))")
        }
    }

    private mutating func readClusters(from client: APIClient, now: Duration) async {
        do {
            let snapshot = try await FleetSnapshot.read(FleetSnapshot.Query(), from: client) { now }
            place = .unscheduled(snapshot.rows)
        } catch {
            place = .unscheduled(nil)
            notes.append("the clusters: \(Self.words(error))")
        }
    }

    private mutating func readNode(from client: APIClient, now: Duration) async {
        do {
            let node = try Node(json: try await client.get(.nodes, name: nodeName))
            guard node.labels[NodeKeys.cluster] != nil else { return place = .foreign }
            let lease = await lease(from: client)
            place = .virtual(ClusterRow(node: node, lease: lease, load: nil, now: now))
        } catch let error as APIError where error.code == .notFound {
            place = .missing
        } catch {
            notes.append("node \(nodeName): \(Self.words(error))")
        }
    }

    /// A node whose lease can't be read is believed.
    private mutating func lease(from client: APIClient) async -> Lease? {
        do {
            return try Lease(json: try await client.get(.leases, namespace: "kube-node-lease", name: nodeName))
        } catch {
            notes.append("the lease of node \(nodeName): \(Self.words(error))")
            return nil
        }
    }

    /// By way of the origin's API server, so that it takes a right in the origin and none in the cluster.
    private mutating func askKeeper(through client: APIClient) async {
        let page = "martlet/explain/\(metadata.namespace)/\(metadata.name)"
        do {
            let found = try await client.nodePage(page, of: nodeName, timeout: Self.patience)
            guard found.at("pod", "uid")?.string == metadata.uid else {
                return notes.append("martlet knows another pod of this name: ask again in a moment")
            }
            keeper = found
        } catch {
            notes.append("what martlet knows of the pod, so that this is from the origin alone: \(Self.words(error))")
        }
    }

    private static func words(_ error: any Error) -> String { (error as? APIError)?.message ?? "\(error)" }
}
