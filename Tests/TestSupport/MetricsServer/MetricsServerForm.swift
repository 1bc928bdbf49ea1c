import KubeModel

/// How metrics-server asks kubelets, which changed with its releases.
package enum MetricsServerForm: String, CaseIterable, Sendable {
    /// 0.3 and 0.4: rates, from `/stats/summary`.
    case rates
    /// 0.5: counters, from `/stats/summary`.
    case counters
    /// Since 0.6: counters, from `/metrics/resource`.
    case resources

    /// What it asks for.
    package var target: String { self == .resources ? "/metrics/resource" : "/stats/summary?only_cpu_and_memory=true" }

    /// The subresource of nodes that it has the right to get.
    package var right: String { self == .resources ? "nodes/metrics" : "nodes/stats" }

    /// - Throws: `JSONError` if a summary is no JSON.
    package func scrape(_ body: [UInt8]) throws -> MetricsScrape {
        switch self {
        case .rates: MetricsScrape(try JSON.parse(body)) { MetricsScrape.Point(rateOf: $0) }
        case .counters: MetricsScrape(try JSON.parse(body)) { MetricsScrape.Point(counterOf: $0) }
        case .resources: MetricsScrape(page: String(decoding: body, as: UTF8.self))
        }
    }
}

extension MetricsScrape {
    /// Reads a `Summary` of stats/v1alpha1. A pod of which one container can't be read is dropped.
    fileprivate init(_ summary: JSON, point: (JSON) -> Point?) {
        self.init(node: summary["node"].flatMap(point))
        for pod in summary["pods"]?.array ?? [] {
            let key = ObjectKey(
                namespace: pod.at("podRef", "namespace")?.string ?? "",
                name: pod.at("podRef", "name")?.string ?? ""
            )
            let all = pod["containers"]?.array ?? []
            let points = all.compactMap { container in
                point(container).map { (Container(pod: key, name: container["name"]?.string ?? ""), $0) }
            }
            guard points.count == all.count else { continue }
            for (container, point) in points { containers[container] = point }
        }
    }
}

extension MetricsScrape.Point {
    /// A part of a summary as 0.3 and 0.4 read it: zero counts, and the earlier time does.
    fileprivate init?(rateOf part: JSON) {
        let times = ["cpu", "memory"].compactMap { part.at($0, "time")?.string.flatMap(Timestamp.parse) }
        guard let time = times.min(), let rate = part.at("cpu", "usageNanoCores")?.double,
            let memory = part.at("memory", "workingSetBytes")?.double
        else { return nil }
        self.init(cores: rate / 1e9, memoryBytes: memory, time: time * 1000)
    }

    /// A part of a summary as 0.5 reads it: it has a start, and zero is what is not known.
    fileprivate init?(counterOf part: JSON) {
        guard let start = part["startTime"]?.string.flatMap(Timestamp.parse),
            let time = part.at("cpu", "time")?.string.flatMap(Timestamp.parse),
            let nanoseconds = part.at("cpu", "usageCoreNanoSeconds")?.double, nanoseconds > 0,
            let memory = part.at("memory", "workingSetBytes")?.double, memory > 0
        else { return nil }
        self.init(cpuSeconds: nanoseconds / 1e9, memoryBytes: memory, time: time * 1000, start: start)
    }
}
