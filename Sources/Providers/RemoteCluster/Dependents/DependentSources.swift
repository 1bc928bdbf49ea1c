package import KubeClient
import KubeModel
import Lifecycle
package import Observability
import Synchronization

/// Follows those objects of the origin that pods refer to, for all clusters of the process together.
///
/// As a kubelet does, it watches each object by its name, so that nothing is seen that no pod refers to. Each watch is a
/// connection: beyond a number of them further objects of the same kind and namespace share one watch of all.
/// Only headers are kept; the content is read when it is copied.
package final class DependentSources: Sendable {
    /// The most watches of single objects, of one kind in one namespace and altogether.
    static let singlesPerCollection = 16
    static let singlesInAll = 256

    typealias Observer = @Sendable (DependentKey) -> Void

    fileprivate struct Held {
        let watch: SourceWatch
        var holders: Set<Int>
    }

    fileprivate struct State {
        var observers: [Int: Observer] = [:]
        var nextHolder = 0
        var held: [DependentKey: Held] = [:]
        var shared: [SourceWatch.Collection: (watch: SourceWatch, users: Int)] = [:]
        var singles: [SourceWatch.Collection: Int] = [:]
    }

    private let client: APIClient
    private let logger: Logger
    private let metrics: MetricsRegistry
    private let state = Mutex(State())
    // Holds each watch from its start until run() takes it: no more than there are objects.
    private let started = AsyncStream<SourceWatch>.makeStream(bufferingPolicy: .unbounded)

    /// - Parameter client: calls the origin.
    package init(client: APIClient, logger: Logger, metrics: MetricsRegistry) {
        self.client = client
        self.logger = logger
        self.metrics = metrics
        metrics.observe(
            "martlet_dependent_watches",
            help: "Watches of single ConfigMaps and Secrets of the origin, and of whole namespaces of them."
        ) { [weak self] in self.map { Double($0.watchCount) } }
    }

    /// Follows what is held. To be called once.
    package func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for await watch in started.stream {
                group.addTask { try await self.follow(watch) }
            }
            throw CancellationError()
        }
    }

    /// How many watches there are.
    var watchCount: Int {
        state.withLock { $0.singles.values.reduce(0, +) + $0.shared.count }
    }

    private func follow(_ watch: SourceWatch) async throws {
        _ = try await cancelOnShutdown(watch.stop) {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { try await self.reflector(watch).run() }
                group.addTask {
                    try await watch.store.waitUntilSynced()
                    self.tellAll(of: watch)
                }
            }
        }
    }

    private func reflector(_ watch: SourceWatch) -> Reflector<SourceHeader> {
        Reflector(
            client: client,
            resource: watch.collection.kind.resource,
            namespace: watch.collection.namespace,
            fieldSelector: watch.fieldSelector,
            store: watch.store,
            startsWithNewest: true,
            logger: logger,
            metrics: metrics,
            onState: { [weak self] state in
                if watch.note(state) { self?.tellAll(of: watch) }
            }
        )
    }
}

// MARK: - Holding

extension DependentSources {
    /// Makes a holder, whose observer is told which of its objects changed; it is called outside any lock and must not
    /// block.
    func addHolder(_ observer: @escaping Observer) -> Int {
        state.withLock { state in
            state.nextHolder += 1
            state.observers[state.nextHolder] = observer
            return state.nextHolder
        }
    }

    /// Ends all that the holder holds, and tells it nothing more.
    func removeHolder(_ holder: Int) {
        let keys = state.withLock { state in
            state.observers[holder] = nil
            return state.held.filter { $0.value.holders.contains(holder) }.map(\.key)
        }
        for key in keys { release(key, by: holder) }
    }

    /// Follows an object from now on.
    func hold(_ key: DependentKey, by holder: Int) {
        let watch = state.withLock { state -> SourceWatch? in
            if state.held[key] != nil {
                state.held[key]?.holders.insert(holder)
                return nil
            }
            let (watch, isNew) = state.watch(for: key)
            state.held[key] = Held(watch: watch, holders: [holder])
            return isNew ? watch : nil
        }
        guard let watch else { return }
        watch.store.onChange { [weak self] change in self?.changed(change, in: watch.collection) }
        started.continuation.yield(watch)
    }

    /// Follows it no more, unless others hold it.
    func release(_ key: DependentKey, by holder: Int) {
        let ended = state.withLock { state -> SourceWatch? in
            guard var held = state.held[key], held.holders.remove(holder) != nil else { return nil }
            guard held.holders.isEmpty else {
                state.held[key] = held
                return nil
            }
            state.held[key] = nil
            return state.leave(held.watch) ? held.watch : nil
        }
        ended?.stop.trigger()
    }

    func state(of key: DependentKey) -> SourceState {
        let watch = state.withLock { $0.held[key]?.watch }
        return watch?.state(of: key.place) ?? .unknown
    }

    private func changed(_ change: StoreChange<SourceHeader>, in collection: SourceWatch.Collection) {
        guard let key = change.new?.key ?? change.old?.key else { return }
        tell(DependentKey(collection.kind, key))
    }

    private func tellAll(of watch: SourceWatch) {
        let keys = state.withLock { state in state.held.filter { $0.value.watch === watch }.map(\.key) }
        for key in keys { tell(key) }
    }

    private func tell(_ key: DependentKey) {
        let observers = state.withLock { state in
            (state.held[key]?.holders ?? []).compactMap { state.observers[$0] }
        }
        for observer in observers { observer(key) }
    }
}

extension DependentSources.State {
    /// The watch that shall follow an object, and whether it has to be started.
    fileprivate mutating func watch(for key: DependentKey) -> (SourceWatch, isNew: Bool) {
        let collection = SourceWatch.Collection(kind: key.kind, namespace: key.namespace)
        let singles = singles[collection] ?? 0
        let inAll = self.singles.values.reduce(0, +)
        let isFull = singles >= DependentSources.singlesPerCollection && !SourceWatch.isLeftOut(key)
        guard isFull || inAll >= DependentSources.singlesInAll else {
            self.singles[collection] = singles + 1
            return (SourceWatch(collection, name: key.name), true)
        }
        if let known = shared[collection] {
            shared[collection] = (known.watch, known.users + 1)
            return (known.watch, false)
        }
        let watch = SourceWatch(collection, name: nil)
        shared[collection] = (watch, 1)
        return (watch, true)
    }

    /// One object less follows from this watch. Returns whether it was the last.
    fileprivate mutating func leave(_ watch: SourceWatch) -> Bool {
        guard watch.name == nil else {
            let left = (singles[watch.collection] ?? 1) - 1
            singles[watch.collection] = left > 0 ? left : nil
            return true
        }
        guard let known = shared[watch.collection] else { return false }
        shared[watch.collection] = known.users > 1 ? (known.watch, known.users - 1) : nil
        return known.users == 1
    }
}
