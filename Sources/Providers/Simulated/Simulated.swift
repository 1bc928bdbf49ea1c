package import KubeModel
import Observability
import Synchronization

/// A provider whose pods run nothing: hollow nodes for tests, benchmarks and the testbed's remotes.
///
/// A pod becomes Running after a set delay, gets an address, ends as its annotations say (``SimulatedPod``), and
/// honours its grace when it is deleted. Thousands fit one process: a pod costs one suspended task while something is
/// due for it, and none otherwise.
package final class Simulated: PodProvider {
    package let name: String
    package var node: any NodeSource { source }

    fileprivate struct Entry {
        var pod: SimulatedPod
        /// Counts the pod's timers, so that one that was overtaken does nothing.
        var timer: UInt64 = 0
    }

    fileprivate struct State {
        var entries: [UID: Entry] = [:]
        var departed: [UID: PodInstance] = [:]
        var created: UInt64 = 0
        var notify: (@Sendable (UID) -> Void)?
    }

    fileprivate enum Due: Sendable {
        case start, finish, stop
    }

    fileprivate struct Timer: Sendable {
        let podUID: UID
        let number: UInt64
        let due: Due
        let delay: Duration
    }

    private let settings: SimulatedSettings
    private let source: SimulatedNodeSource
    private let state = Mutex(State())
    private let timers = AsyncStream<Timer>.makeStream(bufferingPolicy: .unbounded)
    private let now: @Sendable () -> String

    /// - Parameter now: the wall clock, as an RFC 3339 time.
    package init(
        name: String,
        settings: SimulatedSettings,
        now: @escaping @Sendable () -> String = Simulated.wallClock
    ) {
        self.name = name
        self.settings = settings
        self.now = now
        source = SimulatedNodeSource(settings: settings)
    }

    /// The wall clock as an RFC 3339 time.
    @Sendable
    package static func wallClock() -> String { Timestamp.format(WallClock.sinceEpoch() / .seconds(1)) }

    package func run() async throws {
        // The stream holds at most one timer per change of a pod; it is drained at once into sleeping tasks.
        await withDiscardingTaskGroup { group in
            for await timer in timers.stream {
                group.addTask { await self.keep(timer) }
            }
        }
        throw CancellationError()
    }

    package func waitUntilSynced() async throws {}

    package func onChange(_ notify: @escaping @Sendable (UID) -> Void) { state.withLock { $0.notify = notify } }

    package func instance(for podUID: UID) -> PodInstance? { state.withLock { $0.entries[podUID]?.pod.instance } }

    package func departed(_ podUID: UID) -> PodInstance? { state.withLock { $0.departed[podUID] } }

    package func isProvedGone(_ podUID: UID) -> Bool { state.withLock { $0.departed[podUID] != nil } }

    package func forget(_ podUID: UID) { state.withLock { $0.departed[podUID] = nil } }

    package var instances: [PodInstance] { state.withLock { $0.entries.values.map(\.pod.instance) } }

    package func create(_ pod: Pod, willRun: () async throws -> Void) async throws -> [TranslationNotice] {
        try await willRun()
        let json = try pod.json()
        let time = now()
        let timer = state.withLock { state -> Timer? in
            guard state.entries[pod.uid] == nil else { return nil }
            state.created += 1
            let simulated = SimulatedPod(
                pod,
                json: json,
                instanceUID: "\(pod.uid)-\(state.created)",
                address: settings.address(number: state.created),
                hostAddress: settings.hostAddress,
                now: time
            )
            state.departed[pod.uid] = nil
            state.entries[pod.uid] = Entry(pod: simulated)
            // A pod that this process had run before it was started anew goes on at once.
            return state.entries[pod.uid]?.arm(.start, after: pod.hasRun ? .zero : settings.startDelay)
        }
        if let timer { timers.continuation.yield(timer) }
        return []
    }

    package func update(_ pod: Pod, instance: PodInstance) async throws {
        let time = now()
        state.withLock { $0.entries[pod.uid]?.pod.update(pod, now: time) }
        notify(pod.uid)
    }

    package func delete(_ instance: PodInstance, gracePeriodSeconds: Int64?) async throws {
        let timer = state.withLock { state -> Timer? in
            guard let entry = state.entries[instance.podUID], entry.pod.instanceUID == instance.instanceUID else {
                return nil
            }
            let grace = gracePeriodSeconds ?? entry.pod.defaultGrace
            state.entries[instance.podUID]?.pod.grace = grace
            let delay = min(entry.pod.stopDuration, .seconds(grace))
            return state.entries[instance.podUID]?.arm(.stop, after: delay)
        }
        guard let timer else { return }
        notify(instance.podUID)
        timers.continuation.yield(timer)
    }

    package func liveInstance(for podUID: UID, key: ObjectKey) async throws -> PodInstance? { instance(for: podUID) }

    /// What those of these pods use now that run.
    func measured(_ pods: [UID: ObjectKey]) -> [PodUsage] {
        let time = now()
        return state.withLock { state in
            pods.compactMap { uid, key in state.entries[uid]?.pod.usage(now: time, as: key) }
        }
    }

    private func keep(_ timer: Timer) async {
        if timer.delay > .zero {
            do { try await Task.sleep(for: timer.delay) } catch { return }
        }
        let time = now()
        let next = state.withLock { state in state.fire(timer, now: time) }
        notify(timer.podUID)
        if let next { timers.continuation.yield(next) }
    }

    private func notify(_ uid: UID) {
        state.withLock { $0.notify }?(uid)
    }
}

extension Simulated.Entry {
    /// Sets the pod's one timer; an earlier one is void from now on.
    fileprivate mutating func arm(_ due: Simulated.Due, after delay: Duration) -> Simulated.Timer {
        timer += 1
        return Simulated.Timer(podUID: pod.podUID, number: timer, due: due, delay: delay)
    }
}

extension Simulated.State {
    fileprivate mutating func fire(_ timer: Simulated.Timer, now: String) -> Simulated.Timer? {
        guard var entry = entries[timer.podUID], entry.timer == timer.number else { return nil }
        switch timer.due {
        case .start: entry.pod.start(now: now)
        case .finish: entry.pod.finish(now: now)
        case .stop:
            departed[timer.podUID] = entry.pod.instance
            entries[timer.podUID] = nil
            return nil
        }
        defer { entries[timer.podUID] = entry }
        guard case .running = entry.pod.phase, let duration = entry.pod.duration else { return nil }
        return entry.arm(.finish, after: duration)
    }
}
