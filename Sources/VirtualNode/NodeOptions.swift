/// The times by which a node is kept up to date.
package struct NodeOptions: Sendable, Equatable {
    /// How often a status that did not change is written. A kubelet does it every five minutes.
    package var statusInterval: Duration
    /// The least time between two writes that only tell new amounts; what turns Ready goes at once.
    package var quietInterval: Duration
    /// The time between two looks at what single pods find room for.
    package var slotInterval: Duration
    /// How long after the start a node that stands as Ready is left so although nothing is known of its cluster yet.
    package var startGrace: Duration
    /// The life of the node's lease without renewal.
    package var leaseDuration: Duration

    package init(
        statusInterval: Duration = .seconds(300),
        quietInterval: Duration = .seconds(1),
        slotInterval: Duration = .seconds(10),
        startGrace: Duration = .seconds(30),
        leaseDuration: Duration = .seconds(40)
    ) {
        self.statusInterval = statusInterval
        self.quietInterval = quietInterval
        self.slotInterval = slotInterval
        self.startGrace = startGrace
        self.leaseDuration = leaseDuration
    }
}
