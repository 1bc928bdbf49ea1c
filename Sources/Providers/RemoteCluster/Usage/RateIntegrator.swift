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

    /// Takes a sample, and returns where the counter stands, which may be that of the container's former incarnation
    /// (``counted(for:)``); a sample that is not newer than the last changes nothing.
    ///
    /// - Parameter window: the seconds over which the rate was measured.
    mutating func note(_ key: CounterKey, cores: Double, time: Double, window: Double) -> Total {
        var instance = instances[key.instanceUID] ?? Instance()
        defer { instances[key.instanceUID] = instance }
        guard let known = instance.parts[key.container] else {
            let first = Self.first(key, cores: cores, time: time, window: window)
            guard instance.parts.count < CounterKey.mostContainers else { return first }
            instance.parts[key.container] = (key, first)
            return first
        }
        // Who began to look before the container began anew may ask later.
        guard time > known.total.time, !known.key.isLater(than: key) else { return known.total }
        // The status may know of the new incarnation before there is a sample of it.
        if let start = key.start, key.isLater(than: known.key), time > start {
            let told = known.total.time.rounded(.up)
            guard time > told else { return known.total }
            let first = Self.first(key, cores: cores, time: time, window: window, notBefore: told)
            instance.ended += known.total.seconds
            instance.parts[key.container] = (key, first)
            return first
        }
        var total = known.total
        total.seconds += cores * (time - total.time)
        (total.time, total.cores) = (time, cores)
        // While a container does not run its status does not tell when it began, which makes it no other one.
        instance.parts[key.container] = (known.key.start == nil ? key : known.key, total)
        return total
    }

    /// The counter after a container's first sample.
    ///
    /// To a reader of samples a counter has begun anew only if it began no earlier than the last sample that was told of
    /// the one before; else it fell. The status may tell late, or in the second of that sample, that the container began
    /// anew, and the windows of samples may overlap: hence the bound. It is a whole second, as is the time of a sample in
    /// the metrics API, from which its window is cut with a fraction: so a counter of the next process keeps the bound too.
    private static func first(
        _ key: CounterKey,
        cores: Double,
        time: Double,
        window: Double,
        notBefore told: Double? = nil
    ) -> Total {
        let earliest = max((time - window).rounded(.up), key.start ?? -.infinity, told ?? -.infinity)
        let start = min(earliest, time)
        return Total(seconds: cores * (time - start), time: time, cores: cores, start: start)
    }

    /// The incarnation whose counter is told for this one: the former, as long as there is no sample of its own or its
    /// start is not told.
    func counted(for key: CounterKey) -> CounterKey {
        instances[key.instanceUID]?.parts[key.container]?.key ?? key
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
