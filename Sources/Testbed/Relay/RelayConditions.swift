/// What the way between two sites is like.
package struct RelayConditions: Sendable, Hashable {
    /// Whether anything gets through.
    package enum Flow: Sendable, Hashable {
        case open
        /// Nothing moves and nothing is refused: packets are lost on the way. What was sent arrives when it opens again.
        case stalled
        /// Connections are reset and new ones refused.
        case cut
    }

    package var flow: Flow
    /// The time that each byte takes in one direction: half of the round trip.
    package var delay: Duration
    /// The most that chance adds to the delay. The order of bytes never changes, as with TCP.
    package var jitter: Duration
    /// The most that gets through in one direction of one connection, in bytes per second; nil for no limit.
    package var bytesPerSecond: Int?

    package init(
        flow: Flow = .open,
        delay: Duration = .zero,
        jitter: Duration = .zero,
        bytesPerSecond: Int? = nil
    ) {
        self.flow = flow
        self.delay = delay
        self.jitter = jitter
        self.bytesPerSecond = bytesPerSecond
    }

    /// The conditions of a way with this round-trip time.
    package init(roundTrip: Duration) {
        self.init(delay: roundTrip / 2)
    }
}
