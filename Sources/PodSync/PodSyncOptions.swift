package import Lifecycle

/// How a ``PodSyncController`` works.
package struct PodSyncOptions: Sendable {
    /// Pods that are worked on at the same time.
    package var workers: Int
    /// How often every pod and every instance is looked at without cause.
    package var sweepInterval: Duration
    /// The delay before a pod that failed is tried again.
    package var backoff: Backoff
    /// The least time between two instances of one pod, when somebody in the cluster takes them away: it grows with each
    /// that did not outlive the cap.
    package var recreation: Backoff
    /// How often a pod is looked at while its cluster can't be reached.
    package var outageInterval: Duration

    package init(
        workers: Int = 32,
        sweepInterval: Duration = .seconds(60),
        backoff: Backoff = Backoff(base: .milliseconds(20), cap: .seconds(10), jitter: 0.2),
        recreation: Backoff = Backoff(base: .seconds(1), cap: .seconds(300)),
        outageInterval: Duration = .seconds(2)
    ) {
        self.workers = workers
        self.sweepInterval = sweepInterval
        self.backoff = backoff
        self.recreation = recreation
        self.outageInterval = outageInterval
    }
}
