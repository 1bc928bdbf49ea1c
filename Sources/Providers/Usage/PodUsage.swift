package import KubeModel

/// What a pod uses, as it was measured by something that is no kubelet; written here as a kubelet writes it.
package struct PodUsage: Sendable, Equatable {
    package struct Container: Sendable, Equatable {
        package let name: String
        /// When this incarnation of it began, in seconds since 1970; nil if it is not known.
        package let start: Double?
        /// CPU seconds since then: a counter.
        package let cpuSeconds: Double
        /// Cores in use now.
        package let cores: Double
        package let memoryBytes: Int64

        package init(name: String, start: Double?, cpuSeconds: Double, cores: Double, memoryBytes: Int64) {
            self.name = name
            self.start = start
            self.cpuSeconds = cpuSeconds
            self.cores = cores
            self.memoryBytes = memoryBytes
        }
    }

    package let podUID: UID
    package let key: ObjectKey
    package let instanceUID: UID
    /// When the pod began, in seconds since 1970; nil if it is not known.
    package let start: Double?
    /// CPU seconds of all its containers, of those that ended too: a counter.
    package let cpuSeconds: Double
    package let containers: [Container]
    /// When it was measured, in seconds since 1970.
    package let time: Double

    package init(
        podUID: UID,
        key: ObjectKey,
        instanceUID: UID,
        start: Double?,
        cpuSeconds: Double,
        containers: [Container],
        time: Double
    ) {
        self.podUID = podUID
        self.key = key
        self.instanceUID = instanceUID
        self.start = start
        self.cpuSeconds = cpuSeconds
        self.containers = containers
        self.time = time
    }

    package var memoryBytes: Int64 { containers.map(\.memoryBytes).clampedSum }
    package var cores: Double { containers.reduce(0) { $0 + $1.cores } }

    var reading: UsageReading {
        UsageReading(
            instanceUID: instanceUID,
            start: start,
            cpuSeconds: cpuSeconds,
            nanoCores: Int64(clamping: cores * 1e9),
            memoryBytes: memoryBytes,
            time: time
        )
    }
}

// MARK: - As pages

extension UsagePage {
    /// The page `/metrics/resource` of these pods (kubernetes, `pkg/kubelet/metrics/collectors/resource_metrics.go`).
    package init(resourcesOf pods: [PodUsage]) {
        self.init(readings: pods.map(\.reading))
        for family in Self.families { exposition.declare(family.name, help: family.help.utf8, type: family.type.utf8) }
        for pod in pods { exposition.add(pod) }
    }

    private static let families = [
        (
            name: "container_cpu_usage_seconds_total",
            help: "Cumulative cpu time consumed by the container in core-seconds", type: "counter"
        ),
        (
            name: "container_memory_working_set_bytes", help: "Current working set of the container in bytes",
            type: "gauge"
        ),
        (
            name: "pod_cpu_usage_seconds_total", help: "Cumulative cpu time consumed by the pod in core-seconds",
            type: "counter"
        ),
        (name: "pod_memory_working_set_bytes", help: "Current working set of the pod in bytes", type: "gauge"),
    ]
}

extension Exposition {
    fileprivate mutating func add(_ pod: PodUsage) {
        let names = [(name: "namespace", value: pod.key.namespace), (name: "pod", value: pod.key.name)]
        for container in pod.containers {
            let labels = names + [(name: "container", value: container.name)]
            add("container_cpu_usage_seconds_total", labels, container.cpuSeconds, at: pod.time)
            add("container_memory_working_set_bytes", labels, Double(container.memoryBytes), at: pod.time)
            if let start = container.start { addStart(start, of: container.name, pod.key) }
        }
        add("pod_cpu_usage_seconds_total", names, pod.cpuSeconds, at: pod.time)
        add("pod_memory_working_set_bytes", names, Double(pod.memoryBytes), at: pod.time)
    }
}

extension UsageSummary {
    /// What `/stats/summary` says of these pods (kubernetes, `k8s.io/kubelet/pkg/apis/stats/v1alpha1`).
    package init(of pods: [PodUsage]) {
        self.init(pods: pods.map { $0.statistics.serialized() }, readings: pods.map(\.reading))
    }
}

extension PodUsage {
    fileprivate var statistics: JSON {
        var statistics: JSON = [
            "podRef": ["name": .string(key.name), "namespace": .string(key.namespace), "uid": .string(podUID)],
            "containers": .array(
                containers.map { container in
                    var json = usage(container.cpuSeconds, container.cores, container.memoryBytes)
                    json["name"] = .string(container.name)
                    json["startTime"] = container.start.map { .string(Timestamp.format($0)) }
                    return json
                }
            ),
        ]
        statistics["startTime"] = start.map { .string(Timestamp.format($0)) }
        for (name, value) in usage(cpuSeconds, cores, memoryBytes).object ?? [:] { statistics[name] = value }
        return statistics
    }

    private func usage(_ seconds: Double, _ cores: Double, _ bytes: Int64) -> JSON {
        let time = JSON.string(Timestamp.format(time))
        return [
            "cpu": [
                "time": time, "usageNanoCores": .int(Int64(clamping: cores * 1e9)),
                "usageCoreNanoSeconds": .int(Int64(clamping: seconds * 1e9)),
            ],
            "memory": ["time": time, "workingSetBytes": .int(bytes)],
        ]
    }
}
