import KubeClient
import KubeModel
import Providers
import Synchronization
import TestSupport

/// A provider whose cluster is the test: what it has and how it answers is set, what it was asked is kept.
final class ScriptedProvider: PodProvider {
    enum Call: Equatable {
        case create(UID)
        case update(UID)
        case delete(UID, grace: Int64?)
        case withdraw(UID)
        case live(UID)
    }

    private struct State {
        var instances: [UID: PodInstance] = [:]
        var departed: [UID: PodInstance] = [:]
        var live: Result<PodInstance?, ProviderError> = .success(nil)
        var refusal: ProviderError?
        var isReachable = true
        var isWithdrawable = true
        var proved: Set<UID> = []
        var lostNodes: Set<String> = []
        var holds: [Bool] = []
        var calls: [Call] = []
        var callsBeforeSync = 0
        var isSynced = false
        var notify: (@Sendable (UID) -> Void)?
        var nodeObservers: [@Sendable () -> Void] = []
    }

    let name = "us-east"
    private let state = Mutex(State())
    private let changes = ChangeLog()

    // MARK: - What the test sets and sees

    var calls: [Call] { state.withLock { $0.calls } }

    /// Calls that came before every instance was known.
    var callsBeforeSync: Int { state.withLock { $0.callsBeforeSync } }

    /// What runs for a pod from now on; with nil, what ran has departed.
    func set(_ instance: PodInstance?, for uid: UID) {
        state.withLock { state in
            state.departed[uid] = instance == nil ? state.instances[uid] : nil
            state.instances[uid] = instance
        }
        tell(uid)
    }

    /// The answer to looks past the cache.
    func setLive(_ answer: Result<PodInstance?, ProviderError>) { state.withLock { $0.live = answer } }

    /// The answer to requests; nil when they succeed.
    func refuse(_ error: ProviderError?) { state.withLock { $0.refusal = error } }

    /// What is to be withdrawn gets a node in that moment.
    func keepFromWithdrawal() { state.withLock { $0.isWithdrawable = false } }

    /// The cluster has said that what ran for the pod is gone.
    func prove(_ uid: UID) { state.withLock { _ = $0.proved.insert(uid) } }

    /// A node of the cluster does not answer, or does again.
    func lose(_ node: String, isLost: Bool = true) {
        state.withLock { state in
            if isLost { state.lostNodes.insert(node) } else { state.lostNodes.remove(node) }
        }
    }

    /// What was told of whether things may be taken away.
    var holds: [Bool] { state.withLock { $0.holds } }

    func setReachable(_ isReachable: Bool) {
        let observers = state.withLock { state in
            state.isReachable = isReachable
            return state.nodeObservers
        }
        for notify in observers { notify() }
    }

    /// Every instance is known from now on.
    func open() {
        state.withLock { $0.isSynced = true }
        changes.note("")
    }

    func until(_ condition: @escaping @Sendable (ScriptedProvider) -> Bool) async throws {
        try await changes.until { condition(self) }
    }

    private func tell(_ uid: UID) {
        state.withLock { $0.notify }?(uid)
        changes.note(uid)
    }

    private func note(_ call: Call) {
        state.withLock { state in
            state.calls.append(call)
            if !state.isSynced { state.callsBeforeSync += 1 }
        }
        changes.note("")
    }

    private func request(_ call: Call) throws {
        note(call)
        if let error = state.withLock({ $0.refusal }) { throw error }
    }

    // MARK: - PodProvider

    var node: any NodeSource { self }

    func run() async throws { try await Task.sleep(for: .seconds(3600)) }

    func waitUntilSynced() async throws { try await until { $0.state.withLock { $0.isSynced } } }

    func onChange(_ notify: @escaping @Sendable (UID) -> Void) { state.withLock { $0.notify = notify } }

    func instance(for podUID: UID) -> PodInstance? { state.withLock { $0.instances[podUID] } }

    func departed(_ podUID: UID) -> PodInstance? { state.withLock { $0.departed[podUID] } }

    func isProvedGone(_ podUID: UID) -> Bool { state.withLock { $0.proved.contains(podUID) } }

    func lostNode(of instance: PodInstance) -> String? {
        instance.nodeName.flatMap { name in state.withLock { $0.lostNodes.contains(name) } ? name : nil }
    }

    func holdRemovals(_ isHeld: Bool) { state.withLock { $0.holds.append(isHeld) } }

    func forget(_ podUID: UID) { state.withLock { $0.departed[podUID] = nil } }

    var instances: [PodInstance] { state.withLock { Array($0.instances.values) } }

    func create(_ pod: Pod, willRun: () async throws -> Void) async throws -> [TranslationNotice] {
        try await willRun()
        try request(.create(pod.uid))
        set(PodFixture.instance(for: pod, phase: .pending), for: pod.uid)
        return []
    }

    func update(_ pod: Pod, instance: PodInstance) async throws { try request(.update(pod.uid)) }

    func delete(_ instance: PodInstance, gracePeriodSeconds: Int64?) async throws {
        try request(.delete(instance.podUID, grace: gracePeriodSeconds))
    }

    func withdraw(_ instance: PodInstance) async throws -> Bool {
        try request(.withdraw(instance.podUID))
        guard state.withLock({ $0.isWithdrawable }) else { return false }
        set(nil, for: instance.podUID)
        return true
    }

    func liveInstance(for podUID: UID, key: ObjectKey) async throws -> PodInstance? {
        note(.live(podUID))
        return try state.withLock { $0.live }.get()
    }
}

extension ScriptedProvider: NodeSource {
    var report: NodeReport {
        let lost = NodeHealth.notReady(reason: "RemoteUnreachable", message: "connection refused")
        return NodeReport(health: isReachable ? .ready : lost)
    }

    var isReachable: Bool { state.withLock { $0.isReachable } }

    func onNodeChange(_ notify: @escaping @Sendable () -> Void) { state.withLock { $0.nodeObservers.append(notify) } }
}
