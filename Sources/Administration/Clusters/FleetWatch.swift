internal import KubeClient
internal import KubeModel
internal import Lifecycle
internal import Observability

/// Follows what the origin says of its clusters.
struct FleetWatch: Sendable {
    let query: FleetSnapshot.Query
    let client: APIClient
    let clock: ServerClock
    /// Told once when the origin can't be followed any more; it is tried again.
    let onTrouble: @Sendable (String) -> Void

    /// Changes that come together are told together.
    private static let gathering = Duration.milliseconds(200)
    /// A lease that runs out makes no event: it is looked at as often.
    private static let interval = Duration.seconds(2)

    private struct Stores: Sendable {
        let nodes = ObjectStore<Node>()
        let leases = ObjectStore<Lease>()
        let pods = ObjectStore<BoundPod>()
    }

    /// Tells each row that is another than before, for ever.
    ///
    /// - Throws: `CancellationError`.
    func run(after first: FleetSnapshot, onChange tell: ([ClusterRow]) -> Void) async throws {
        let stores = Stores()
        let (looks, look) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        stores.nodes.onChange { _ in look.yield() }
        stores.pods.onChange { _ in look.yield() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in reflectors(into: stores, first) { group.addTask { try await service.run() } }
            group.addTask {
                while true {
                    try await Task.sleep(for: Self.interval)
                    look.yield()
                }
            }
            try await stores.nodes.waitUntilSynced()
            if first.seesLeases { try await stores.leases.waitUntilSynced() }
            if first.seesPods { try await stores.pods.waitUntilSynced() }
            var told = Dictionary(first.rows.map { ($0.name, $0) }) { first, _ in first }
            for await _ in looks {
                let changes = changes(from: told, in: stores, first)
                for row in changes { told[row.name] = row.state == .gone ? nil : row }
                if !changes.isEmpty { tell(changes) }
                try await Task.sleep(for: Self.gathering)
            }
        }
        try Task.checkCancellation()
    }

    private func changes(from told: [String: ClusterRow], in stores: Stores, _ first: FleetSnapshot) -> [ClusterRow] {
        let nodes = stores.nodes.objects.filter { query.admits($0.name) }
        let leases = FleetSnapshot.byName(stores.leases.objects)
        let loads = first.seesPods ? NodeLoad.byNode(stores.pods.objects) : nil
        let rows = nodes.sorted { $0.name < $1.name }.map { node in
            let load = loads.map { $0[node.name] ?? NodeLoad() }
            return ClusterRow(node: node, lease: leases[node.name], load: load, now: clock.now)
        }
        let gone = told.values.filter { row in !rows.contains { $0.name == row.name } }
        return gone.map(\.departed) + rows.filter { told[$0.name] != $0 }
    }

    private func reflectors(into stores: Stores, _ first: FleetSnapshot) -> [any Service] {
        var services: [any Service] = [
            reflector(.nodes, stores.nodes, labelSelector: query.labelSelector) { state in
                guard case .failing(let error, 1) = state else { return }
                onTrouble("the origin can't be followed, tried again: \(error.message)")
            }
        ]
        if first.seesLeases { services.append(reflector(.leases, stores.leases, namespace: "kube-node-lease")) }
        if first.seesPods { services.append(reflector(.pods, stores.pods, fieldSelector: NodeLoad.fieldSelector)) }
        return services
    }

    private func reflector<Object: KubeObject>(
        _ resource: Resource,
        _ store: ObjectStore<Object>,
        namespace: String? = nil,
        labelSelector: String? = nil,
        fieldSelector: String? = nil,
        onState: @escaping @Sendable (ReflectorState) -> Void = { _ in }
    ) -> Reflector<Object> {
        Reflector(
            client: client,
            resource: resource,
            namespace: namespace,
            labelSelector: labelSelector,
            fieldSelector: fieldSelector,
            store: store,
            startsWithNewest: true,
            logger: Logger(label: "clusters", level: .error),
            metrics: MetricsRegistry(),
            onState: onState
        )
    }
}
