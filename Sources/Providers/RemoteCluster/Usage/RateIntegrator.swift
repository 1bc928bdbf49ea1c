import KubeModel

/// Makes counters of CPU time from rates that somebody else measured, one sample after the other. Pure.
///
/// Between two samples the newer one's rate is taken to have held, so that who looks at both counters sees that rate
/// again. A container's counter begins with what it used in the window of its first sample. Nothing of it outlives the
/// process: then the counters begin anew, as those of containers that restarted.
struct RateIntegrator: Sendable {
    /// One incarnation of one container.
    struct Key: Hashable, Sendable {
        let instanceUID: UID
        let container: String
        let start: Double?
    }

    struct Total: Sendable, Equatable {
        /// CPU seconds.
        var seconds: Double
        /// When the last sample was taken, in seconds since 1970.
        var time: Double
        /// The rate of that sample, in cores.
        var cores: Double
    }

    private var totals: [Key: Total] = [:]

    /// Takes a sample, and returns where the counter stands; a sample that is not newer than the last changes nothing.
    ///
    /// - Parameter window: the seconds over which the rate was measured.
    mutating func note(_ key: Key, cores: Double, time: Double, window: Double) -> Total {
        guard var total = totals[key] else {
            let life = key.start.map { max(0, time - $0) } ?? window
            let first = Total(seconds: cores * min(window, life), time: time, cores: cores)
            totals[key] = first
            return first
        }
        guard time > total.time else { return total }
        total = Total(seconds: total.seconds + cores * (time - total.time), time: time, cores: cores)
        totals[key] = total
        return total
    }

    /// CPU seconds of an instance, of its former containers too.
    func seconds(of instanceUID: UID) -> Double {
        totals.reduce(0) { $0 + ($1.key.instanceUID == instanceUID ? $1.value.seconds : 0) }
    }

    /// Forgets the counters of all other instances.
    mutating func keep(_ instances: Set<UID>) {
        totals = totals.filter { instances.contains($0.key.instanceUID) }
    }
}
