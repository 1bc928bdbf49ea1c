package import KubeModel
package import Providers

/// The next step for one pod.
package enum PodStep: Equatable, Sendable {
    /// Nothing to do until something changes.
    case rest
    /// Nothing is left of the pod anywhere: drop what is remembered of it.
    case forget
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
    /// Give up the pod, as the instance's cluster has given up the instance: its controller makes another.
    case evict
    /// Take away the instance that its cluster finds no node for, if it has none still.
    case withdraw
    /// Say that the pod failed, because its cluster found no node for it.
    case failUnplaced
    /// Ask for the end of the instance, with this grace in seconds (nil: the pod's own).
    case end(gracePeriodSeconds: Int64?)
    /// Read past the cache that there is no instance, then take the pod away.
    case release
    /// Read past the cache that the pod is gone, then end the instance that it left behind.
    case endOrphan
}

/// What this process knows of an instance that it asked for and that is not in view.
package enum PodAttempt: Equatable, Sendable {
    /// It asked for none, or has seen the one that came.
    case settled
    /// None was made: each time the cluster said so.
    case unmade
    /// One may have been made: the answer was lost, or what it told of was never seen. Only the sight of it ends the
    /// doubt; a later refusal says nothing of what may have run meanwhile.
    case doubtful
}

/// Decides the next step for a pod from what its two clusters say of it now. Pure; `docs/pods.md` has the table.
package enum PodPlan {
    /// - Parameters:
    ///   - pod: the pod, by UID; nil when the origin does not have it.
    ///   - instance: what runs for it.
    ///   - departed: the last state of an instance that went while we looked; nil when there was none.
    ///   - attempt: what this process knows of what it asked for.
    ///   - isStranded: whether the instance is on a node that does not answer.
    ///   - placing: how the instance stands with its cluster's scheduler.
    package static func step(
        pod: Pod?,
        instance: PodInstance?,
        departed: PodInstance?,
        attempt: PodAttempt = .settled,
        isStranded: Bool = false,
        placing: PodPlacing = .open
    ) -> PodStep {
        guard let pod else { return instance == nil ? .forget : .endOrphan }
        if pod.isTerminating { return stepForTerminating(pod, instance, departed) }
        if pod.isTerminal { return stepForTerminal(instance) }
        // Also while the instance is in view: it has gone, or finalizers hold it.
        if placing == .withdrawn { return .failUnplaced }
        guard let instance else { return stepWithoutInstance(pod, departed, attempt) }
        if isStranded, isLost(instance, of: pod) { return .evict }
        if placing == .overdue { return .withdraw }
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

    /// Whether the end of an instance that nobody can see coming is the pod's.
    ///
    /// At home the pod itself would be deleted (the taint manager) and stay until its node is back or removed, while its
    /// controller makes another. What has no controller would be lost for good: it waits, and comes back in place.
    private static func isLost(_ instance: PodInstance, of pod: Pod) -> Bool {
        instance.isTerminating && !instance.isTerminal && pod.metadata.controller != nil
    }

    /// A pod that should run and has nothing that runs for it: new, or its instance was taken away.
    private static func stepWithoutInstance(_ pod: Pod, _ departed: PodInstance?, _ attempt: PodAttempt) -> PodStep {
        if let departed, departed.isTerminal, isFinal(departed, pod.restartPolicy) { return .mirrorDeparted }
        return mayStartAgain(pod, departed, attempt) ? .create : .failLost
    }

    /// Whether a new instance would do nothing that is done already.
    ///
    /// A kubelet starts the containers of a lost sandbox again by the restart policy, container by container. A new
    /// delegate can only start all of them: where one may run only once and has (or may have, unseen), it must not.
    private static func mayStartAgain(_ pod: Pod, _ departed: PodInstance?, _ attempt: PodAttempt) -> Bool {
        switch pod.restartPolicy {
        case .always: return true
        case .onFailure:
            if attempt == .doubtful || pod.hasFinishedContainer { return false }
            if departed?.hasFinishedContainer == true { return false }
            if let departed { return departed.isFollowedToEnd }
            return attempt == .unmade || !(pod.hasRun || pod.wasTaken || RunOnceMark.isSet(on: pod))
        case .never:
            if attempt == .doubtful || pod.hasRun || pod.wasTaken || departed?.hasRun == true { return false }
            if let departed { return departed.isFollowedToEnd }
            return attempt == .unmade || !RunOnceMark.isSet(on: pod)
        }
    }

    /// Whether a terminal phase of the instance is the pod's own end.
    ///
    /// An instance that somebody deletes in its cluster ends Failed (Kubernetes 1.27 and later) although nothing of
    /// the pod failed. The same goes for one whose node was removed. Where the restart policy would start the containers
    /// again, a new instance does that in place.
    package static func isFinal(_ instance: PodInstance, _ policy: RestartPolicy) -> Bool {
        guard instance.isTerminating || instance.isGivenUp else { return true }
        switch policy {
        case .never: return true
        case .onFailure: return instance.phase == .succeeded
        case .always: return false
        }
    }
}
