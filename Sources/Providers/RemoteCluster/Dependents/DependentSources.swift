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
        var watch: SourceWatch
        var holders: Set<Int>
        var absence = Absence.unasked
        /// Whether its end was told as it happened, and not found out from a list that lacks it.
        var isSeenToGo = false
    }

    /// Whether an object that a watch does not show is missing, or only left out.
    fileprivate enum Absence {
        case unasked
        case asked
        case confirmed(ContinuousClock.Instant)
    }

    /// How long the word is believed that there is no such object.
    private static let confirmation = Duration.seconds(60)
    private static let confirmationBackoff = Backoff(base: .milliseconds(200), cap: .seconds(30), jitter: 0.2)

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
    /// Objects that shared watches do not show, to be read by their names.
    private let doubts: WorkQueue<DependentKey>
    // Holds each watch from its start until run() takes it: no more than there are objects.
    private let started = AsyncStream<SourceWatch>.makeStream(bufferingPolicy: .unbounded)

    /// - Parameter client: calls the origin.
    package init(client: APIClient, logger: Logger, metrics: MetricsRegistry) {
        self.client = client
        self.logger = logger
        self.metrics = metrics
        doubts = WorkQueue(name: "dependent-absences", backoff: Self.confirmationBackoff, metrics: metrics)
        metrics.observe(
            "martlet_dependent_watches",
            help: "Watches of single ConfigMaps and Secrets of the origin, and of whole namespaces of them."
        ) { [weak self] in self.map { Double($0.watchCount) } }
    }

    /// Follows what is held. To be called once.
    package func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { await self.doubts.run(workers: 2) { await self.confirm($0) } }
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
        if let watch { start(watch) }
    }

    private func start(_ watch: SourceWatch) {
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
        guard let held = state.withLock({ $0.held[key] }) else { return .unknown }
        let state = held.watch.state(of: key.place)
        guard state == .missing, held.watch.leavesOut else { return state }
        return absence(of: key)
    }

    /// Whether a missing object was seen to go. A list that lacks it may be that of an origin which was restored.
    func isSeenToGo(_ key: DependentKey) -> Bool { state.withLock { $0.held[key]?.isSeenToGo ?? false } }

    /// That a shared watch does not show an object may have another reason than that there is none.
    private func absence(of key: DependentKey) -> SourceState {
        let (answer, isDue) = state.withLock { state -> (SourceState, Bool) in
            switch state.held[key]?.absence {
            case nil, .asked: return (.unknown, false)
            case .unasked:
                state.held[key]?.absence = .asked
                return (.unknown, true)
            case .confirmed(let time): return (.missing, time + Self.confirmation < .now)
            }
        }
        if isDue { doubts.add(key) }
        return answer
    }

    private func changed(_ change: StoreChange<SourceHeader>, in collection: SourceWatch.Collection) {
        guard let place = change.new?.key ?? change.old?.key else { return }
        let key = DependentKey(collection.kind, place)
        state.withLock { state in
            state.held[key]?.absence = .unasked
            state.held[key]?.isSeenToGo = change.new == nil && change.source == .watch
        }
        tell(key)
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

// MARK: - Absence

extension DependentSources {
    /// Reads an object that its shared watch does not show: one of Helm's type by another name than Helm's is followed
    /// by its name from then on.
    private func confirm(_ key: DependentKey) async -> WorkQueue<DependentKey>.Outcome {
        do {
            let object = try await client.get(key.kind.resource, namespace: key.namespace, name: key.name)
            try found(SourceHeader(json: object), key)
        } catch let error as APIError where error.code == .notFound || error.code == .forbidden {
            // What may not be read can't be copied: as good as missing, and the watch shows all others.
            state.withLock { $0.held[key]?.absence = .confirmed(.now) }
        } catch {
            return .retry(error)
        }
        tell(key)
        return .done
    }

    /// One that the shared watch shows too is on its way.
    private func found(_ header: SourceHeader, _ key: DependentKey) {
        let (own, ended) = state.withLock { state -> (SourceWatch?, SourceWatch?) in
            state.held[key]?.absence = .unasked
            guard header.isLeftOut, let shared = state.held[key]?.watch, shared.leavesOut else { return (nil, nil) }
            let own = SourceWatch(shared.collection, name: key.name)
            state.singles[shared.collection, default: 0] += 1
            state.held[key]?.watch = own
            return (own, state.leave(shared) ? shared : nil)
        }
        if let own { start(own) }
        ended?.stop.trigger()
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
