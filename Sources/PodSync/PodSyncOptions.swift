package import Lifecycle
package import Providers

/// How a ``PodSyncController`` works.
package struct PodSyncOptions: Sendable {
    /// Pods that are worked on at the same time.
    package var workers: Int
    /// Annotations of instances that become those of their pods.
    package var annotations: AnnotationFilter
    /// How often every pod and every instance is looked at without cause.
    package var sweepInterval: Duration
    /// The delay before a pod that failed is tried again.
    package var backoff: Backoff
    /// The least time between two instances of one pod, when somebody in the cluster takes them away: it grows with each
    /// that did not outlive the cap.
    package var recreation: Backoff
    /// The time between two tries of a pod that the cluster refuses (quota, validation, webhooks).
    package var refusal: Backoff
    /// After so many refusals in a row a pod that has a controller is Failed, so that the controller decides; 0 tries for
    /// ever.
    package var maxRefusals: Int
    /// The time before a new pod is tried whose owner's pods were refused for good.
    package var ownerBackoff: Backoff
    /// The time between two looks at a place that a stranger holds.
    package var conflictInterval: Duration
    /// How often a pod is looked at that waits for its provider, which tells when there is news.
    package var pendingInterval: Duration
    /// For how long a pod that has a controller may wait for a node of its cluster before it is Failed, so that the
    /// controller decides; nil waits for ever.
    package var failUnscheduledAfter: Duration?
    /// Whether pods stay where they are while their cluster is lost, rather than be evicted by the origin.
    package var holdsPods: Bool

    package init(
        workers: Int = 32,
        annotations: AnnotationFilter = AnnotationFilter(),
        sweepInterval: Duration = .seconds(60),
        backoff: Backoff = Backoff(base: .milliseconds(20), cap: .seconds(10), jitter: 0.2),
        recreation: Backoff = Backoff(base: .seconds(1), cap: .seconds(300)),
        refusal: Backoff = Backoff(base: .seconds(1), cap: .seconds(300), jitter: 0.2),
        maxRefusals: Int = 8,
        ownerBackoff: Backoff = Backoff(base: .seconds(1), cap: .seconds(300)),
        conflictInterval: Duration = .seconds(5),
        pendingInterval: Duration = .seconds(10),
        failUnscheduledAfter: Duration? = nil,
        holdsPods: Bool = false
    ) {
        self.workers = workers
        self.annotations = annotations
        self.sweepInterval = sweepInterval
        self.backoff = backoff
        self.recreation = recreation
        self.refusal = refusal
        self.maxRefusals = maxRefusals
        self.ownerBackoff = ownerBackoff
        self.conflictInterval = conflictInterval
        self.pendingInterval = pendingInterval
        self.failUnscheduledAfter = failUnscheduledAfter
        self.holdsPods = holdsPods
    }
}
