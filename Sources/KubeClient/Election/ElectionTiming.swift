/// How fast leadership changes hands, and how much trouble a leader endures.
package struct ElectionTiming: Sendable, Hashable {
    /// How long others wait for a leader that is silent.
    package let leaseDuration: Duration
    /// How long a leader tries to renew before it gives up.
    package let renewDeadline: Duration
    /// How long to wait between attempts.
    package let retryPeriod: Duration

    /// The share of the retry period by which waiting processes are spread.
    static let jitter = 1.2

    /// 15 s, 10 s, 2 s: the defaults of Kubernetes' own components.
    package static let standard = ElectionTiming(
        uncheckedLease: .seconds(15),
        renewDeadline: .seconds(10),
        retryPeriod: .seconds(2)
    )

    /// Throws unless the lease lasts longer than the deadline, and the deadline longer than an attempt.
    package init(
        leaseDuration: Duration,
        renewDeadline: Duration,
        retryPeriod: Duration
    ) throws(InvalidElectionTiming) {
        guard leaseDuration >= .seconds(1) else {
            throw InvalidElectionTiming("the lease duration must be a second at least")
        }
        guard leaseDuration > renewDeadline else {
            throw InvalidElectionTiming("the lease duration must be longer than the renew deadline")
        }
        guard renewDeadline > retryPeriod * Self.jitter else {
            throw InvalidElectionTiming("the renew deadline must be longer than \(Self.jitter) retry periods")
        }
        guard retryPeriod > .zero else { throw InvalidElectionTiming("the retry period must be longer than nothing") }
        self.init(uncheckedLease: leaseDuration, renewDeadline: renewDeadline, retryPeriod: retryPeriod)
    }

    private init(uncheckedLease leaseDuration: Duration, renewDeadline: Duration, retryPeriod: Duration) {
        self.leaseDuration = leaseDuration
        self.renewDeadline = renewDeadline
        self.retryPeriod = retryPeriod
    }
}

/// The times of an election that can't work together.
package struct InvalidElectionTiming: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
