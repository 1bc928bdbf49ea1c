import KubeClient
import KubeModel
import Observability
import Providers
import Synchronization

/// What happens when the cluster comes in sight or is lost to it.
extension PodSyncController {
    /// The cluster may be in sight, or out of it, by now.
    func sightMayHaveChanged() {
        // Under the lock, so that of two changes in a row the later one is taken last.
        let turn = sight.withLock { known -> Bool? in
            let now = known.isInView && provider.node.isReachable
            guard known.isReachable != now else { return nil }
            known.isReachable = now
            return now
        }
        switch turn {
        case true?: cameInSight()
        case false?: wentOutOfSight()
        case nil: break
        }
    }

    /// Both lists are complete.
    func noteInView() {
        sight.withLock { $0.isInView = true }
        sightMayHaveChanged()
    }

    /// Deletions first, so that nothing runs twice; then all the others, whose status may be of before.
    private func cameInSight() {
        let ending = endingPods
        settlement.begin(ending)
        for uid in ending { queue.add(uid) }
        lookAtAll()
    }

    private func wentOutOfSight() {
        settlement.lose()
        lookAtAll()
    }

    /// The pods whose next step takes something away.
    private var endingPods: Set<UID> {
        var uids = Set(pods.objects.filter(\.isTerminating).map(\.uid))
        for instance in provider.instances where pods.get(uid: instance.podUID) == nil { uids.insert(instance.podUID) }
        return uids
    }

    func lookAtAll() {
        for pod in pods.objects { queue.add(pod.uid) }
        for instance in provider.instances { queue.add(instance.podUID) }
    }

    /// Says on a pod what it means that its cluster is lost: that it waits for the proof of its end, or that it is held.
    func tellOutage(of pod: Pod) async throws {
        guard case .notReady(let reason, _) = provider.node.report.health else { return }
        let conditions = OutageStatement(pod: pod, cluster: provider.name, isHeld: options.holdsPods, reason: reason)
        let standing = try pod.json().at("status", "conditions")?.array ?? []
        let changes = conditions.changes(to: standing)
        guard !changes.isEmpty else { return }
        try await write(StatusMirror.patch(uid: pod.uid, status: ["conditions": .array(changes)]), to: pod)
        guard pod.isTerminating else { return }
        events.record(about: pod.reference, type: .warning, reason: "DeletionWaits", message: conditions.message)
    }
}

/// What is known of the cluster's being there.
struct Sight: Sendable {
    /// Pods and instances have been listed.
    var isInView = false
    /// Steps that concern the cluster may be taken.
    var isReachable = false
}

/// What a pod says of itself while its cluster is lost: that it is not ready, and what it waits for. Pure.
///
/// The origin's node controller says that pods are not ready only of a node that fell silent, not of one that says itself
/// that it is not Ready (kubernetes pkg/controller/nodelifecycle, `MarkPodsNotReady`).
struct OutageStatement {
    /// False while the pod waits for its cluster to come back.
    static let condition = "martlet.dev/Reachable"

    let message: String
    private let reason: String
    private let types: [String]

    init(pod: Pod, cluster: String, isHeld: Bool, reason: String) {
        self.reason = reason
        types = pod.isTerminal ? (pod.isTerminating ? [Self.condition] : []) : [Self.condition, "Ready"]
        message =
            if pod.isTerminating {
                "Cluster \(cluster) can't be reached, so that nothing proves the end of what runs there for the pod; it "
                    + "goes when that is proved. \"kubectl delete --force --grace-period=0\" takes it away at once, and "
                    + "what runs for it when the cluster is back."
            } else if isHeld {
                "Cluster \(cluster) can't be reached; by its policy (onLost: hold) the pod stays where it is."
            } else {
                "Cluster \(cluster) can't be reached; the pod stays for as long as it tolerates that."
            }
    }

    /// What has to be written over the conditions that stand on the pod.
    func changes(to standing: [JSON]) -> [JSON] {
        types.compactMap { type in
            let before = standing.first { $0["type"]?.string == type }
            let isSaid = before?["status"]?.string == "False"
            if isSaid, type == "Ready" || before?["message"]?.string == message { return nil }
            return ["type": .string(type), "status": "False", "reason": .string(reason), "message": .string(message)]
        }
    }
}
