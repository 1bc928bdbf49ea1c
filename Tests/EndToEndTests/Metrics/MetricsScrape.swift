import KubeModel

/// What a kubelet says of CPU and memory, read as metrics-server reads it
/// (kubernetes-sigs/metrics-server, `pkg/scraper/client`). Pure.
struct MetricsScrape: Sendable {
    struct Point: Sendable, Equatable {
        var cpuSeconds = 0.0
        var memoryBytes = 0.0
        /// Of the CPU's sample, in milliseconds since 1970.
        var time = 0.0
        /// In seconds since 1970; 0 where it was not told.
        var start = 0.0
    }

    struct Container: Hashable, Sendable {
        let pod: ObjectKey
        let name: String
    }

    var node: Point?
    var containers: [Container: Point] = [:]

    /// Reads `/metrics/resource`.
    init(page: String) {
        for line in page.split(separator: "\n") where !line.hasPrefix("#") { take(line) }
        // Without CPU, memory or a time there is nothing to be said.
        node = node.flatMap { $0.cpuSeconds > 0 && $0.memoryBytes > 0 && $0.time > 0 ? $0 : nil }
        containers = containers.filter { $0.value.cpuSeconds > 0 && $0.value.memoryBytes > 0 && $0.value.time > 0 }
    }

    private mutating func take(_ line: Substring) {
        let name = line.prefix { $0 != "{" && $0 != " " }
        let words = line[(line.lastIndex(of: "}") ?? name.endIndex)...].split(separator: " ").filter { $0 != "}" }
        guard let value = words.first.flatMap({ Double($0) }) else { return }
        let time = words.count > 1 ? Double(words[1]) ?? 0 : 0
        switch name {
        case "node_cpu_usage_seconds_total":
            var point = node ?? Point()
            (point.cpuSeconds, point.time) = (value, time)
            node = point
        case "node_memory_working_set_bytes":
            var point = node ?? Point()
            point.memoryBytes = value
            node = point
        case "container_cpu_usage_seconds_total":
            containers[Self.container(line), default: Point()].cpuSeconds = value
            containers[Self.container(line), default: Point()].time = time
        case "container_memory_working_set_bytes":
            containers[Self.container(line), default: Point()].memoryBytes = value
        case "container_start_time_seconds": containers[Self.container(line), default: Point()].start = value
        default: break
        }
    }

    private static func container(_ line: Substring) -> Container {
        let key = ObjectKey(namespace: label("namespace", of: line), name: label("pod", of: line))
        return Container(pod: key, name: label("container", of: line))
    }

    /// By looking for the text, wherever it stands: that is how it is done there.
    private static func label(_ name: String, of line: Substring) -> String {
        guard let start = line.firstRange(of: "\(name)=\"")?.upperBound else { return "" }
        return String(line[start...].prefix { $0 != "\"" })
    }
}

/// Samples of one thing, of which the last two make a rate.
struct MetricsHistory: Sendable {
    private var last: MetricsScrape.Point?
    private var previous: MetricsScrape.Point?
    /// Counters that went down within one incarnation: a fault of who tells them.
    private(set) var declines = 0

    mutating func note(_ point: MetricsScrape.Point) {
        guard point.time > last?.time ?? 0 else { return }
        if let last, last.start == point.start, point.cpuSeconds < last.cpuSeconds { declines += 1 }
        (previous, last) = (last?.start == point.start ? last : nil, point)
    }

    /// What is to be told: cores, bytes, when, and the seconds between the two samples; nil with fewer than two.
    var usage: (cores: Double, bytes: Double, time: Double, window: Double)? {
        guard let last, let previous else { return nil }
        let window = (last.time - previous.time) / 1000
        return ((last.cpuSeconds - previous.cpuSeconds) / window, last.memoryBytes, last.time / 1000, window)
    }
}
