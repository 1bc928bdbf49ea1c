package import KubeModel

/// What metrics-server keeps of its scrapes, and what it makes of them (kubernetes-sigs/metrics-server, `pkg/storage`, as
/// it is since 0.7). Pure.
///
/// Two points make a rate. They are of one counter if the newer one's began before the time of the older one; else a
/// container began anew, and there is no rate until there is another point. A counter that fell, or whose start went back,
/// has no rate either; that is a fault of who tells it.
package struct MetricsStorage: Sendable {
    /// What it tells.
    package struct Usage: Sendable, Equatable {
        package let cores: Double
        package let memoryBytes: Double
        /// In seconds since 1970.
        package let time: Double
        /// The seconds over which the rate was measured.
        package let window: Double
    }

    /// The last points, and those before them.
    private struct Series<Key: Hashable & Sendable>: Sendable {
        var last: [Key: MetricsScrape.Point] = [:]
        var previous: [Key: MetricsScrape.Point] = [:]
    }

    /// From this age on, in nanoseconds, and until that of the resolution, a container's one point makes a rate with its
    /// beginning.
    private static let freshAge: Int64 = 10_000_000_000
    /// The window of kubelets' own rates, as 0.3 and 0.4 tell it.
    private static let kubeletWindow = 30.0

    /// The time between two scrapes, in nanoseconds.
    private let resolution: Int64
    private var nodes = Series<String>()
    private var containers = Series<MetricsScrape.Container>()
    /// The points from which it would make no rate, and log why.
    package private(set) var faults: Set<String> = []

    /// - Parameter resolution: the time between two scrapes; what its manifests set by default.
    package init(resolution: Duration = .seconds(15)) {
        self.resolution = Int64(clamping: resolution / .nanoseconds(1))
    }

    /// Takes what one round of scrapes brought, by the names of the nodes. What is not in it is forgotten.
    package mutating func store(_ scrapes: [String: MetricsScrape]) {
        let nodePoints = scrapes.compactMapValues(\.node)
        var points: [MetricsScrape.Container: MetricsScrape.Point] = [:]
        for scrape in scrapes.values { points.merge(scrape.containers) { first, _ in first } }
        let (known, limit) = ((nodes: nodes, containers: containers), resolution)
        nodes = Series(
            last: nodePoints,
            previous: nodePoints.keyed { name, point in Self.older(than: point, name, in: known.nodes) }
        )
        containers = Series(
            last: points,
            previous: points.keyed { container, point in
                Self.older(than: point, container, in: known.containers, limit)
            }
        )
        for (name, point) in nodes.last { note("node \(name)", point, nodes.previous[name]) }
        for (container, point) in containers.last {
            note("container \(container.name) of \(container.pod)", point, containers.previous[container])
        }
    }

    private static func older<Key: Hashable & Sendable>(
        than point: MetricsScrape.Point,
        _ key: Key,
        in known: Series<Key>
    ) -> MetricsScrape.Point? {
        guard let last = known.last[key] else { return nil }
        if point.timeNanoseconds > last.timeNanoseconds { return last }
        return known.previous[key].flatMap { $0.timeNanoseconds < point.timeNanoseconds ? $0 : nil }
    }

    private static func older(
        than point: MetricsScrape.Point,
        _ container: MetricsScrape.Container,
        in known: Series<MetricsScrape.Container>,
        _ resolution: Int64
    ) -> MetricsScrape.Point? {
        let (age, isBeyond) = point.timeNanoseconds.subtractingReportingOverflow(point.startNanoseconds)
        if !isBeyond, age >= freshAge, age < resolution {
            return MetricsScrape.Point(memoryBytes: point.memoryBytes, time: point.start * 1000, start: point.start)
        }
        guard let last = known.last[container], point.startNanoseconds < last.timeNanoseconds else { return nil }
        return older(than: point, container, in: known)
    }

    private mutating func note(_ what: String, _ last: MetricsScrape.Point, _ previous: MetricsScrape.Point?) {
        guard let previous, let fault = Self.fault(last, previous) else { return }
        faults.insert("\(what): \(fault)")
    }

    private static func fault(_ last: MetricsScrape.Point, _ previous: MetricsScrape.Point) -> String? {
        if last.startNanoseconds < previous.startNanoseconds {
            return "its start went from \(previous.start) back to \(last.start)"
        }
        guard last.cpuNanoseconds < previous.cpuNanoseconds else { return nil }
        return "its CPU time fell from \(previous.cpuSeconds) at \(previous.time) to \(last.cpuSeconds) at \(last.time)"
    }

    private static func usage(_ last: MetricsScrape.Point, _ previous: MetricsScrape.Point?) -> Usage? {
        let (cores, window): (Double, Double)
        if let rate = last.cores {
            (cores, window) = (rate, kubeletWindow)
        } else if let previous, fault(last, previous) == nil {
            window = (last.time - previous.time) / 1000
            cores = (last.cpuSeconds - previous.cpuSeconds) / window
        } else {
            return nil
        }
        return Usage(cores: cores, memoryBytes: last.memoryBytes, time: last.time / 1000, window: window)
    }
}

// MARK: - What it tells

extension MetricsStorage {
    /// By the names of nodes.
    package var nodeUsages: [String: Usage] {
        var result: [String: Usage] = [:]
        for (name, last) in nodes.last { result[name] = Self.usage(last, nodes.previous[name]) }
        return result
    }

    /// By the names of containers, of pods of which each container has two points. Those with a fault are left out.
    package var podUsages: [ObjectKey: [String: Usage]] {
        var result: [ObjectKey: [String: Usage]] = [:]
        var partial: Set<ObjectKey> = []
        for (container, last) in containers.last {
            let previous = containers.previous[container]
            if last.cores == nil, previous == nil { partial.insert(container.pod) }
            result[container.pod, default: [:]][container.name] = Self.usage(last, previous)
        }
        return result.filter { !partial.contains($0.key) }
    }
}

extension Dictionary {
    /// What there is under the same keys.
    fileprivate func keyed(_ make: (Key, Value) -> Value?) -> [Key: Value] {
        var result: [Key: Value] = [:]
        for (key, value) in self { result[key] = make(key, value) }
        return result
    }
}
