package import KubeModel
package import Providers

/// The next step for one pod.
package enum PodStep: Equatable, Sendable {
    /// Nothing to do until something changes.
    case rest
    /// Nothing is left of the pod anywhere: drop what is remembered of it.
    case forget
    /// Stay out, and say so on the pod.
    case ignore(IgnoredPod)
    /// Make the instance.
    case create
    /// Bring in-place changes of the pod to its instance.
    case update
    /// Bring the instance's status to the pod.
    case mirror
    /// Bring the last status of an instance that is gone to the pod.
    case mirrorDeparted
    /// Say that the pod failed, because its instance is gone and may not be made again.
    case failLost
    /// Ask for the end of the instance, with this grace in seconds (nil: the pod's own).
    case end(gracePeriodSeconds: Int64?)
    /// Read past the cache that there is no instance, then take the pod away.
    case release
    /// Read past the cache that the pod is gone, then end the instance that it left behind.
    case endOrphan
}

/// Decides the next step for a pod from what its two clusters say of it now. Pure; `docs/pods.md` has the table.
package enum PodPlan {
    /// - Parameters:
    ///   - pod: the pod, by UID; nil when the origin does not have it.
    ///   - instance: what runs for it.
    ///   - departed: the last state of an instance that went while we looked; nil when there was none.
    package static func step(pod: Pod?, instance: PodInstance?, departed: PodInstance?) -> PodStep {
        guard let pod else { return instance == nil ? .forget : .endOrphan }
        if let ignored = IgnoredPod(pod), instance == nil {
            return pod.isTerminating ? stepForTerminating(pod, nil, departed) : .ignore(ignored)
        }
        if pod.isTerminating { return stepForTerminating(pod, instance, departed) }
        if pod.isTerminal { return stepForTerminal(instance) }
        guard let instance else { return stepWithoutInstance(pod, departed) }
        if !instance.isTerminating, !instance.isTerminal, pod.fingerprint != instance.fingerprint { return .update }
        return .mirror
    }

    /// A pod that is to go: its instance first, with the grace that was asked for, shortened when the request is.
    private static func stepForTerminating(_ pod: Pod, _ instance: PodInstance?, _ departed: PodInstance?) -> PodStep {
        guard let instance else {
            if let departed, departed.isTerminal, !pod.isTerminal { return .mirrorDeparted }
            return .release
        }
        let grace = pod.metadata.deletionGracePeriodSeconds
        guard instance.isTerminating else { return .end(gracePeriodSeconds: grace) }
        if let grace, let given = instance.deletionGracePeriodSeconds, grace < given {
            return .end(gracePeriodSeconds: grace)
        }
        return .mirror
    }

    /// A pod that is finished never runs again, and nothing may run on for it.
    private static func stepForTerminal(_ instance: PodInstance?) -> PodStep {
        guard let instance, !instance.isTerminal, !instance.isTerminating else { return .rest }
        return .end(gracePeriodSeconds: nil)
    }

    /// A pod that should run and has nothing that runs for it: new, or its instance was taken away.
    private static func stepWithoutInstance(_ pod: Pod, _ departed: PodInstance?) -> PodStep {
        if let departed, departed.isTerminal, isFinal(departed, pod.restartPolicy) { return .mirrorDeparted }
        return mayStartAgain(pod, departed) ? .create : .failLost
    }

    /// Whether a new instance would do nothing that is done already.
    ///
    /// A kubelet starts the containers of a lost sandbox again by the restart policy, container by container. A new
    /// delegate can only start all of them: where one may run only once and has (or may have, unseen), it must not.
    private static func mayStartAgain(_ pod: Pod, _ departed: PodInstance?) -> Bool {
        switch pod.restartPolicy {
        case .always: return true
        case .onFailure: return !pod.hasFinishedContainer && !(departed?.hasFinishedContainer ?? false)
        case .never: return !pod.hasRun && !pod.wasTaken && !(departed?.hasRun ?? false)
        }
    }

    /// Whether a terminal phase of the instance is the pod's own end.
    ///
    /// An instance that somebody deletes in its cluster ends Failed (Kubernetes 1.27 and later) although nothing of
    /// the pod failed. Where the restart policy would start the containers again, a new instance does that in place.
    package static func isFinal(_ instance: PodInstance, _ policy: RestartPolicy) -> Bool {
        guard instance.isTerminating else { return true }
        switch policy {
        case .never: return true
        case .onFailure: return instance.phase == .succeeded
        case .always: return false
        }
    }
}
