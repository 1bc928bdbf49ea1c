internal import KubeModel
internal import Observability
internal import PodSync
internal import Providers
internal import Synchronization

/// The pods of one virtual node and what runs for them, while they are looked after; nothing of any other.
final class PodDirectory: Sendable {
    private struct Work {
        let pods: PodSyncController
        let provider: any PodProvider
    }

    /// Where a stream leads: a pod of the node, and what runs for it.
    struct Place {
        let pod: Pod
        let instance: PodInstance
        let streams: any PodStreams
    }

    private let work = Mutex<Work?>(nil)

    func open(_ pods: PodSyncController, _ provider: any PodProvider) {
        work.withLock { $0 = Work(pods: pods, provider: provider) }
    }

    func close() {
        work.withLock { $0 = nil }
    }

    /// The pods that are bound to the node.
    var pods: [Pod] { work.withLock { $0 }?.pods.boundPods ?? [] }

    /// Those of them whose instance runs, or is about to.
    var runningPods: [Pod] {
        guard let work = work.withLock({ $0 }) else { return [] }
        return work.pods.boundPods.filter { pod in
            guard let instance = work.provider.instance(for: pod.uid) else { return false }
            return !instance.isTerminal && !instance.isTerminating
        }
    }

    /// Who knows what the pods use, and the pods that he is asked about, by the names of the origin.
    ///
    /// - Throws: ``KubeletFailure`` while nobody does.
    func usage() throws -> (source: any UsageSource, pods: [UID: ObjectKey]) {
        guard let work = work.withLock({ $0 }), let source = work.provider.usage else {
            throw KubeletFailure(503, "it is not known what the node's pods use")
        }
        let pods = work.pods.boundPods.map { ($0.uid, $0.key) }
        return (source, Dictionary(pods) { first, _ in first })
    }

    /// All instances that the node's provider has.
    var instanceUIDs: Set<UID> { Set(work.withLock { $0 }?.provider.instances.map(\.instanceUID) ?? []) }

    /// How many pods the node's provider has room for; nil while that is not known.
    var podLimit: Int64? { work.withLock { $0 }?.provider.node.report.capacity["pods"]?.value }

    /// What a target leads to.
    ///
    /// - Throws: ``KubeletFailure`` for a pod, a UID or a container that is not of this node, or has no instance.
    func find(_ target: KubeletRoute.Target) throws -> Place {
        let key = ObjectKey(namespace: target.namespace, name: target.pod)
        guard let work = work.withLock({ $0 }), let pod = work.pods.boundPod(key),
            target.uid == nil || target.uid == pod.uid
        else { throw KubeletFailure(404, "pod \"\(key)\" is not on this node") }
        if let container = target.container, !(try Self.containers(of: pod)).contains(container) {
            throw KubeletFailure(404, "container \"\(container)\" not found in pod \"\(key)\"")
        }
        guard let instance = work.provider.instance(for: pod.uid), let streams = work.provider.streams else {
            throw KubeletFailure(404, "pod \"\(key)\" does not run")
        }
        return Place(pod: pod, instance: instance, streams: streams)
    }

    /// What is known of a pod, for a person who wonders.
    ///
    /// - Parameter now: time since 1970.
    /// - Throws: ``KubeletFailure`` for a pod that is not of this node, or while nobody looks after them;
    ///   `CancellationError`.
    func explanation(
        of target: KubeletRoute.Target,
        now: @Sendable () -> Duration = WallClock.sinceEpoch
    ) async throws -> JSON {
        guard let work = work.withLock({ $0 }) else {
            throw KubeletFailure(
                503,
                "the node's pods are not looked after at the moment; its Ready condition tells why"
            )
        }
        let key = ObjectKey(namespace: target.namespace, name: target.pod)
        guard let pod = work.pods.boundPod(key) else { throw KubeletFailure(404, "pod \"\(key)\" is not on this node") }
        let findings = try await work.provider.findings(on: pod)
        return PodExplanation(
            pod: pod,
            cluster: work.provider.name,
            account: work.pods.account(of: pod),
            findings: findings,
            health: work.provider.node.report.health,
            now: now()
        ).json
    }

    private static func containers(of pod: Pod) throws -> Set<String> {
        let spec = try pod.json()["spec"]
        let fields = ["initContainers", "containers", "ephemeralContainers"]
        return Set(fields.flatMap { spec?[$0]?.array ?? [] }.compactMap { $0["name"]?.string })
    }
}

/// Why a request is not fulfilled: the status and the text of the answer.
struct KubeletFailure: Error, Equatable {
    let status: Int
    let message: String

    init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }
}
