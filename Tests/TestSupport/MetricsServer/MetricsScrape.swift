package import KubeModel

/// What a kubelet says of CPU and memory, read as metrics-server reads it
/// (kubernetes-sigs/metrics-server, `pkg/scraper`). Pure.
package struct MetricsScrape: Sendable {
    package struct Point: Sendable, Equatable {
        /// A counter; 0 where rates are read instead.
        package var cpuSeconds: Double
        /// The rate, where it is read instead of the counter.
        package var cores: Double?
        package var memoryBytes: Double
        /// In milliseconds since 1970.
        package var time: Double
        /// When the counter began, in seconds since 1970; 0 where it was not told.
        package var start: Double

        package init(
            cpuSeconds: Double = 0,
            cores: Double? = nil,
            memoryBytes: Double = 0,
            time: Double = 0,
            start: Double = 0
        ) {
            self.cpuSeconds = cpuSeconds
            self.cores = cores
            self.memoryBytes = memoryBytes
            self.time = time
            self.start = start
        }
    }

    package struct Container: Hashable, Sendable {
        package let pod: ObjectKey
        package let name: String

        package init(pod: ObjectKey, name: String) {
            self.pod = pod
            self.name = name
        }
    }

    /// nil where a part of it is missing.
    package var node: Point?
    /// Of pods of which no part is missing.
    package var containers: [Container: Point]

    package init(node: Point? = nil, containers: [Container: Point] = [:]) {
        self.node = node
        self.containers = containers
    }

    /// Reads `/metrics/resource`, as it is done since 0.6.
    package init(page: String) {
        self.init()
        for line in page.split(separator: "\n") where !line.hasPrefix("#") { take(line) }
        node = node.flatMap { $0.isWhole ? $0 : nil }
        // What is missing of one container is missing of its pod, for whom a sum of the rest would be too little.
        let partial = Set(containers.filter { !$0.value.isWhole }.keys.map(\.pod))
        containers = containers.filter { !partial.contains($0.key.pod) }
    }

    private mutating func take(_ line: Substring) {
        let name = line.prefix { $0 != "{" && $0 != " " }
        let words = line[(line.lastIndex(of: "}") ?? name.endIndex)...].split(separator: " ").filter { $0 != "}" }
        guard let value = words.first.flatMap({ Double($0) }) else { return }
        let time = words.count > 1 ? Double(words[1]) ?? 0 : 0
        switch name {
        case "node_cpu_usage_seconds_total": node = Self.point(node, time) { $0.cpuSeconds = value }
        case "node_memory_working_set_bytes": node = Self.point(node, time) { $0.memoryBytes = value }
        case "container_cpu_usage_seconds_total":
            let container = Self.container(line)
            containers[container] = Self.point(containers[container], time) { $0.cpuSeconds = value }
        case "container_memory_working_set_bytes":
            let container = Self.container(line)
            containers[container] = Self.point(containers[container], time) { $0.memoryBytes = value }
        case "container_start_time_seconds": containers[Self.container(line), default: Point()].start = value
        default: break
        }
    }

    private static func point(_ known: Point?, _ time: Double, _ change: (inout Point) -> Void) -> Point {
        var point = known ?? Point()
        change(&point)
        point.time = time
        return point
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

extension MetricsScrape.Point {
    /// Whether there are CPU time, memory and a time: zero is what is not known.
    var isWhole: Bool { cpuNanoseconds > 0 && memoryBytes >= 1 && time > 0 }

    /// As metrics-server has them, which cuts off what is less.
    var cpuNanoseconds: Int64 { Int64(clamping: cpuSeconds * 1e9) }
    var timeNanoseconds: Int64 { Int64(clamping: time * 1e6) }
    var startNanoseconds: Int64 { Int64(clamping: start * 1e9) }
}
