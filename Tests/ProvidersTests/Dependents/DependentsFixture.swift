import KubeClient
import KubeModel
import Lifecycle
import Synchronization
import TestSupport
import Testing

@testable import Providers

/// A remote cluster at work with its dependents, between two scripted servers; the test plays the pods' side.
struct DependentsFixture: Sendable {
    static let settings = ObjectKey(namespace: "shop", name: "settings")

    let origin: ScriptedCluster
    let remote: ScriptedCluster
    let sources: DependentSources
    let provider: RemoteCluster
    private let woken = Woken()

    /// Runs it while the test acts.
    ///
    /// - Parameters:
    ///   - remote: what the remote has from the start, besides the namespace.
    ///   - isComplete: whether all pods are told as known at once.
    ///   - grace: how long a copy outlives its last user.
    static func run(
        remote objects: [JSON] = [],
        origin sourceObjects: [JSON] = [],
        identity: DelegateIdentity = RemoteFixture.identity,
        isComplete: Bool = true,
        grace: Duration = .milliseconds(1),
        faults: (ScriptedCluster) -> Void = { _ in },
        _ body: (DependentsFixture) async throws -> Void
    ) async throws {
        var options = DependentOptions()
        options.grace = grace
        options.sourcelessGrace = .milliseconds(1)
        options.unseenGrace = .milliseconds(1)
        options.clashInterval = .milliseconds(20)
        options.outageInterval = .milliseconds(5)
        options.backoff = Backoff(base: .milliseconds(1), cap: .milliseconds(20))
        let base = RemoteFixture(
            [RemoteFixture.namespace] + objects,
            isSynced: false,
            dependents: options,
            identity: identity
        )
        let fixture = DependentsFixture(base)
        faults(fixture.remote)
        for object in sourceObjects { fixture.origin.put(object) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fixture.sources.run() }
            group.addTask { try await fixture.provider.run() }
            group.addTask { try await base.events.run() }
            try await fixture.provider.waitUntilSynced()
            if isComplete { fixture.provider.podsListed() }
            try await body(fixture)
            group.cancelAll()
        }
    }

    private init(_ fixture: RemoteFixture) {
        (origin, remote) = (fixture.origin, fixture.remote)
        (sources, provider) = (fixture.sources, fixture.provider)
        provider.onChange { [woken] uid in woken.note(uid) }
    }

    // MARK: - What the test does

    /// A pod that refers to things, told to the provider.
    @discardableResult
    func add(_ spec: JSON, uid: UID = "uid-1", name: String = "web-0") throws -> Pod {
        let pod = try Pod(json: PodFixture.json(uid: uid, name: name, spec: spec))
        provider.podChanged(pod)
        return pod
    }

    /// Creates the delegate, as the pods' side does: again and again, when it is told to look again.
    ///
    /// - Returns: what the pod's owner is told.
    @discardableResult
    func create(_ pod: Pod) async throws -> [TranslationNotice] {
        while true {
            let count = woken.count(of: pod.uid)
            do {
                return try await provider.create(pod)
            } catch is ProviderError {
                try await woken.until(pod.uid, exceeds: count)
            }
        }
    }

    /// Brings a change to the delegate, as the pods' side does.
    func update(_ pod: Pod) async throws {
        while let instance = provider.instance(for: pod.uid) {
            let count = woken.count(of: pod.uid)
            do {
                return try await provider.update(pod, instance: instance)
            } catch is ProviderError {
                try await woken.until(pod.uid, exceeds: count)
            }
        }
    }

    /// Waits until the pod fails for this reason.
    func failure(of pod: Pod, reason: String) async throws -> ProviderError {
        while true {
            let count = woken.count(of: pod.uid)
            do {
                _ = try await provider.create(pod)
                throw ProviderError(.refused, reason: "Created", message: "the pod has its delegate")
            } catch let error as ProviderError where error.reason == reason {
                return error
            } catch let error as ProviderError where error.reason != "Created" {
                try await woken.until(pod.uid, exceeds: count)
            }
        }
    }

    func copy(_ kind: Resource = .configMaps, _ key: ObjectKey = Self.settings) -> JSON? { remote.object(kind, key) }

    /// Waits until the remote's object is as it should be.
    func until(
        _ kind: Resource = .configMaps,
        _ key: ObjectKey = Self.settings,
        _ isRight: @escaping @Sendable (JSON?) -> Bool
    ) async throws {
        try await remote.until { isRight($0.object(kind, key)) }
    }

    /// The calls about ConfigMaps and Secrets that changed something or read one, by cluster.
    func calls(_ cluster: ScriptedCluster) -> [String] {
        cluster.lines.filter { $0.contains("configmaps") || $0.contains("secrets") }
    }

    // MARK: - What there is

    static func configMap(_ data: JSON = ["a": "1"], name: String = "settings", _ changes: JSON = [:]) -> JSON {
        var object: JSON = [
            "kind": "ConfigMap", "metadata": ["name": .string(name), "namespace": "shop"], "data": data,
        ]
        for (field, value) in changes.object ?? [:] { object[field] = value }
        return object
    }

    static func secret(_ name: String, type: String = "Opaque") -> JSON {
        [
            "kind": "Secret", "metadata": ["name": .string(name), "namespace": "shop"], "type": .string(type),
            "data": ["k": "dg=="],
        ]
    }

    static func uses(configMap name: String = "settings", optional: Bool = false) -> JSON {
        let reference: JSON = ["name": .string(name), "optional": .bool(optional)]
        return ["containers": [["name": "main", "image": "a", "envFrom": [["configMapRef": reference]]]]]
    }
}

/// Which pods were told to look again, and how often.
private final class Woken: Sendable {
    private let counts = Mutex<[UID: Int]>([:])
    private let changes = ChangeLog()

    func note(_ uid: UID) {
        counts.withLock { $0[uid, default: 0] += 1 }
        changes.note(uid)
    }

    func count(of uid: UID) -> Int { counts.withLock { $0[uid] ?? 0 } }

    func until(_ uid: UID, exceeds count: Int) async throws {
        try await changes.until { self.count(of: uid) > count }
    }
}
