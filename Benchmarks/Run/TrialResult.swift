/// What one trial measured.
struct TrialResult: Sendable {
    let variant: Variant
    let size: Int
    let round: Int
    /// From the creation of the Deployment to the last pod Ready, in the cluster where it was applied.
    let createSeconds: Double
    /// From the scaling to 0 to the last pod gone, in the same cluster.
    let removeSeconds: Double
    /// Nil when nothing stands between the clusters.
    let cost: ContenderCost?
    /// The 1-minute load of the machine at the start: above what the benchmark makes itself, others were at work.
    let loadBefore: Double
}

/// What stood between the clusters used and took, from the creation to the last pod gone.
struct ContenderCost: Sendable {
    let cpuSeconds: Double
    let peakBytes: Int64
    /// Per pod, by cluster.
    let traffic: [String: APITraffic]
    let hops: [Hop: [Double]]
}

/// The ways of one change from one cluster to the other, in seconds per pod as watches of both clusters saw it.
enum Hop: String, Sendable, CaseIterable {
    /// The pod is bound → the delegate exists.
    case delegateCreated
    /// The delegate is Running → the pod is Running.
    case runningMirrored
    /// The pod is asked to end → so is the delegate.
    case deletionPassed
    /// The delegate is gone → the pod is gone.
    case podReleased

    var title: String {
        switch self {
        case .delegateCreated: "bound → delegate created"
        case .runningMirrored: "delegate Running → pod Running"
        case .deletionPassed: "pod deleted → delegate deleted"
        case .podReleased: "delegate gone → pod gone"
        }
    }

    /// The latencies of all pods that were seen at both ends.
    func latencies(origin: PodObservations, remote: PodObservations) -> [Double] {
        origin.pods.compactMap { name, pod in remote.pods[name].flatMap { latency(of: pod, delegate: $0) } }
    }

    /// Nil unless both ends were seen.
    func latency(of pod: PodTimeline, delegate: PodTimeline) -> Double? {
        let (from, to): (Duration?, Duration?) =
            switch self {
            case .delegateCreated: (pod.bound, delegate.seen)
            case .runningMirrored: (delegate.running, pod.running)
            case .deletionPassed: (pod.deleting, delegate.deleting)
            case .podReleased: (delegate.gone, pod.gone)
            }
        guard let from, let to else { return nil }
        return (to - from) / .seconds(1)
    }
}
