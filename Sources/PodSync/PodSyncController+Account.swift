import KubeClient
package import KubeModel
package import Providers

/// What a person who wonders about a pod can be told of the work on it.
extension PodSyncController {
    /// How the work on a pod stands.
    package func account(of pod: Pod) -> PodAccount {
        let instance = provider.instance(for: pod.uid)
        let record = memory[pod.uid]
        let placing = placing(of: pod, instance)
        let step = PodPlan.step(
            pod: pod,
            instance: instance,
            departed: provider.departed(pod.uid),
            attempt: record.attempt,
            isStranded: instance.map { provider.lostNode(of: $0) != nil } ?? false,
            placing: placing
        )
        let failsIn: Duration? =
            switch placing {
            case .waiting(let left): left
            case .overdue: .zero
            case .open, .withdrawn: nil
            }
        let failures = record.failures.map { failures in
            PodAccount.Failures(
                count: failures.count,
                reason: failures.reason,
                message: failures.message,
                age: ContinuousClock.now - failures.last
            )
        }
        return PodAccount(
            step: step,
            instance: instance,
            lostNode: instance.flatMap { provider.lostNode(of: $0) },
            failures: failures,
            nextLook: queue.wait(for: pod.uid),
            failsIn: failsIn,
            isReachable: provider.node.isReachable
        )
    }
}

/// How the work on one pod stands.
package struct PodAccount: Sendable {
    /// Steps that failed since one succeeded.
    package struct Failures: Sendable {
        package let count: Int
        /// Of the last one.
        package let reason: String
        package let message: String
        /// How long ago that was.
        package let age: Duration
    }

    /// The next step.
    package let step: PodStep
    /// What runs for the pod.
    package let instance: PodInstance?
    /// The node of the cluster that the instance is on, where that does not answer.
    package let lostNode: String?
    package let failures: Failures?
    /// The time until the pod is looked at without a cause; nil if that is not planned.
    package let nextLook: Duration?
    /// The time until the pod is Failed because its cluster finds no node for its instance; nil if that is not to be.
    package let failsIn: Duration?
    /// Whether steps are taken at all.
    package let isReachable: Bool
}
