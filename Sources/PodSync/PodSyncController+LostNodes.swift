import KubeClient
import KubeModel
import Observability
import Providers

/// Instances on a node of their cluster that does not answer.
extension PodSyncController {
    /// What a pod says of that; nil while its instance's node is well.
    func lostNode(of instance: PodInstance, _ pod: Pod) -> LostNodeStatement? {
        provider.lostNode(of: instance).map { node in
            LostNodeStatement(pod: pod, instance: instance, node: node, cluster: provider.name)
        }
    }

    /// Gives up a pod whose instance was given up by its cluster, as the taint manager of the origin would: the pod says
    /// why, and is asked to go. It stays, and its name with it, until it is proved that nothing runs for it.
    func evict(_ pod: Pod, _ instance: PodInstance) async throws {
        guard let statement = lostNode(of: instance, pod) else { return }
        let conditions: [JSON] = [statement.condition, statement.disruption]
        try await write(StatusMirror.patch(uid: pod.uid, status: ["conditions": .array(conditions)]), to: pod)
        let mark = pods.mark()
        let answer = try await origin.delete(
            .pods,
            namespace: pod.key.namespace,
            name: pod.key.name,
            options: DeleteOptions(uid: pod.uid)
        )
        if answer.at("metadata", "deletionTimestamp") != nil { try pods.upsert(Pod(json: answer), since: mark) }
        let reason = LostNodeStatement.reason
        events.record(about: pod.reference, type: .warning, reason: reason, message: statement.message)
        logger.info("Pod given up with its node", pod.logFields)
        metrics.evicted()
    }
}

/// What a pod says of itself while the node that its instance is on does not answer. Pure.
///
/// The cluster's own controllers decide what becomes of the instance: after the time that the pod tolerates it they ask
/// for its end, which nobody there carries out until the node is back or is removed.
struct LostNodeStatement {
    static let reason = "DelegateNodeLost"

    let message: String

    init(pod: Pod, instance: PodInstance, node: String, cluster: String) {
        let what = "Node \(node) of cluster \(cluster), where the pod runs, does not answer"
        let proof = "when the node is back, or is removed from that cluster"
        message =
            if pod.isTerminating {
                "\(what), so that nothing proves its end; it goes \(proof). \"kubectl delete --force "
                    + "--grace-period=0\" takes it away at once."
            } else if !instance.isTerminating {
                "\(what)."
            } else if let controller = pod.metadata.controller {
                "\(what), and the cluster has given it up. So it is deleted here; \(controller.kind) "
                    + "\(controller.name) decides what takes its place."
            } else {
                "\(what), and the cluster has given it up. What becomes of it is decided \(proof)."
            }
    }

    /// That the pod is out of reach.
    var condition: JSON { condition(OutageStatement.condition, "False") }

    /// That it does not end by a fault of its own.
    var disruption: JSON { condition(ConditionMerge.disrupted, "True") }

    private func condition(_ type: String, _ status: String) -> JSON {
        [
            "type": .string(type), "status": .string(status), "reason": .string(Self.reason),
            "message": .string(message),
        ]
    }
}
