/// How long a probe may take, from how long the last ones took: the retransmission time-out of TCP (RFC 6298), with
/// bounds of its own. Pure.
struct RoundTripEstimate: Sendable {
    /// What a probe may always take: servers pause for more than a second to collect garbage.
    static let floor = Duration.seconds(3)
    /// What a probe may take at the most: three in a row, and the pauses before them, stay below a minute.
    static let ceiling = Duration.seconds(15)
    /// Before the first answer: a far remote's first connection takes four round trips.
    static let unknown = Duration.seconds(10)

    private(set) var smoothed: Duration?
    private(set) var variation = Duration.zero

    /// Takes the time of a probe that was answered, a new connection included if it needed one.
    mutating func note(_ sample: Duration) {
        guard let smoothed else {
            (self.smoothed, variation) = (sample, sample / 2)
            return
        }
        let error = smoothed < sample ? sample - smoothed : smoothed - sample
        variation = (variation * 3 + error) / 4
        self.smoothed = (smoothed * 7 + sample) / 8
    }

    /// How long the next probe may take.
    ///
    /// A kept connection may be gone by then, and a new one costs TCP's round trip, two of TLS 1.2, and the request's.
    ///
    /// - Parameter failures: probes that failed in a row; each doubles the time, as with TCP.
    func timeout(afterFailures failures: Int) -> Duration {
        guard let smoothed else { return Self.unknown }
        let expected = max(smoothed + variation * 4, smoothed * 4, Self.floor)
        return min(expected * (1 << min(failures, 8)), Self.ceiling)
    }
}

/// The round trip as people are told it: the least of the last answers, since what a server and a busy machine add to
/// single ones is no distance. Pure.
struct RoundTripWindow: Sendable {
    /// With a probe every five seconds, half a minute: the distance may change.
    static let size = 6

    private var samples: [Duration] = []

    mutating func note(_ sample: Duration) {
        samples.append(sample)
        if samples.count > Self.size { samples.removeFirst() }
    }

    /// Whether an answer took longer than the least by more than chance explains. Near clusters are many to a machine, and
    /// a millisecond is what its processors and theirs take to come round.
    func isLate(_ sample: Duration) -> Bool {
        guard let least else { return false }
        return sample > least + max(least / 10, .milliseconds(1))
    }

    /// nil before the first answer.
    var least: Duration? { samples.min() }
}
