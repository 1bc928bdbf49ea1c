import KubeModel

/// Makes counters of CPU time from rates that somebody else measured, one sample after the other. Pure.
///
/// Between two samples the newer one's rate is taken to have held, so that who looks at both counters sees that rate
/// again. A container's counter begins with what it used in the window of its first sample. Nothing of it outlives the
/// process: then the counters begin anew, and tell so by the time at which they began.
struct RateIntegrator: Sendable {
    struct Total: Sendable, Equatable {
        /// CPU seconds.
        var seconds: Double
        /// When the last sample was taken, in seconds since 1970.
        var time: Double
        /// The rate of that sample, in cores.
        var cores: Double
        /// When the counter began, in seconds since 1970: with the container, or with the window of the first sample.
        let start: Double
    }

    /// What is kept of an instance, whose counter is asked for as a whole too.
    private struct Instance {
        /// By container.
        var parts: [String: (key: CounterKey, total: Total)] = [:]
        /// CPU seconds of incarnations before these.
        var ended = 0.0

        var seconds: Double { parts.values.reduce(ended) { $0 + $1.total.seconds } }
    }

    private var instances: [UID: Instance] = [:]

    /// Takes a sample, and returns where the counter stands; a sample that is not newer than the last changes nothing.
    ///
    /// - Parameter window: the seconds over which the rate was measured.
    mutating func note(_ key: CounterKey, cores: Double, time: Double, window: Double) -> Total {
        var instance = instances[key.instanceUID] ?? Instance()
        defer { instances[key.instanceUID] = instance }
        let known = instance.parts[key.container]
        guard let known, known.key == key else {
            let span = min(window, key.start.map { max(0, time - $0) } ?? window)
            let first = Total(seconds: cores * span, time: time, cores: cores, start: time - span)
            // Who began to look before the container began anew may ask later.
            guard known?.key.isLater(than: key) != true else { return first }
            guard known != nil || instance.parts.count < CounterKey.mostContainers else { return first }
            instance.ended += known?.total.seconds ?? 0
            instance.parts[key.container] = (key, first)
            return first
        }
        var total = known.total
        guard time > total.time else { return total }
        total.seconds += cores * (time - total.time)
        (total.time, total.cores) = (time, cores)
        instance.parts[key.container] = (key, total)
        return total
    }

    /// CPU seconds of an instance, of its former containers too.
    func seconds(of instanceUID: UID) -> Double {
        instances[instanceUID]?.seconds ?? 0
    }

    /// Forgets the counters of all other instances.
    mutating func keep(_ present: Set<UID>) {
        instances = instances.filter { present.contains($0.key) }
    }
}
