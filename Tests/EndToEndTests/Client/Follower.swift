import KubeClient
import KubeModel
import Lifecycle
import Observability
import Synchronization

/// Follows a collection by a reflector and writes down what it is told.
final class Follower: Sendable {
    /// A change as an observer is told of it.
    struct Change: Sendable, Equatable {
        enum Kind { case came, changed, went }

        let kind: Kind
        let name: String
        let source: StoreChange<RawObject>.Source
    }

    let store = ObjectStore<RawObject>()
    private let metrics = MetricsRegistry()
    private let log = Mutex<[Change]>([])
    private let failures = Mutex<[APIError]>([])

    init() {
        store.onChange { [weak self] change in self?.note(change) }
    }

    /// Follows for as long as the body runs; it begins when the first list is there.
    static func follow(
        _ resource: Resource,
        in namespace: String,
        by client: APIClient,
        clock: any Clock<Duration> = ContinuousClock(),
        _ body: (Follower) async throws -> Void
    ) async throws {
        let follower = Follower()
        let reflector = Reflector(
            client: client,
            resource: resource,
            namespace: namespace,
            store: follower.store,
            clock: clock,
            logger: .quiet,
            metrics: follower.metrics,
            onState: { follower.note($0) }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await reflector.run() }
            try await follower.store.waitUntilSynced()
            try await body(follower)
            group.cancelAll()
        }
    }

    /// The changes told so far, in order.
    var changes: [Change] { log.withLock { $0 } }

    /// The failures told so far, in order.
    var toldFailures: [APIError] { failures.withLock { $0 } }

    /// The names of the objects that went, in the order in which that was told, and how it was learnt.
    var gone: [Change] { changes.filter { $0.kind == .went } }

    /// How often the watch began anew because its version was no longer kept.
    var expiries: Int { restarts(reason: "expired") }

    /// The versions of the objects by name.
    var versions: [String: String] {
        Dictionary(uniqueKeysWithValues: store.objects.map { ($0.metadata.name, $0.metadata.resourceVersion) })
    }

    /// Waits until the store has what the server has.
    func agrees(with server: TestServer, on resource: Resource, in namespace: String) async throws {
        let wanted = try await server.versions(of: resource, in: namespace)
        try await eventually("the follower has the \(wanted.count) \(resource.plural) of the server") {
            versions
        } until: {
            $0 == wanted
        }
    }

    private func restarts(reason: String) -> Int {
        metrics.text().split(separator: "\n")
            .filter { $0.hasPrefix("martlet_watch_restarts_total{") && $0.contains("reason=\"\(reason)\"") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
            .reduce(0) { $0 + Int($1) }
    }

    private func note(_ change: StoreChange<RawObject>) {
        let kind: Change.Kind = change.old == nil ? .came : change.new == nil ? .went : .changed
        let name = (change.new ?? change.old)?.metadata.name ?? ""
        log.withLock { $0.append(Change(kind: kind, name: name, source: change.source)) }
    }

    private func note(_ state: ReflectorState) {
        guard case .failing(let error, _) = state else { return }
        failures.withLock { $0.append(error) }
    }
}
