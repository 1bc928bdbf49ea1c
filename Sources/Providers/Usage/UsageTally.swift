import KubeModel

/// Puts together, from single samples of `/metrics/resource`, what instances use. Pure.
struct UsageTally: Sendable {
    private struct Part {
        var start: Double?
        var cpu: (seconds: Double, time: Double)?
        var memory: Double?
    }

    private struct Entry {
        let subject: UsageSubjects.Subject
        /// By container; the instance as a whole under the empty name.
        var parts: [String: Part] = [:]
    }

    private var entries: [UID: Entry] = [:]

    /// - Parameters:
    ///   - metric: a name; those that do not count are left out.
    ///   - container: empty for a sample of the instance as a whole.
    mutating func note(
        _ metric: some Sequence<UInt8>,
        of subject: UsageSubjects.Subject,
        container: String,
        _ sample: ExpositionLine.Sample
    ) {
        guard let kind = Metric(rawValue: String(decoding: Array(metric), as: UTF8.self)),
            let (value, time) = sample.reading, value.isFinite
        else { return }
        var entry = entries[subject.instanceUID] ?? Entry(subject: subject)
        switch kind {
        case .start: entry.parts[container, default: Part()].start = value
        case .containerMemory, .podMemory: entry.parts[container, default: Part()].memory = value
        case .containerCPU, .podCPU:
            if let time { entry.parts[container, default: Part()].cpu = (value, time) }
        }
        entries[subject.instanceUID] = entry
    }

    private enum Metric: String {
        case containerCPU = "container_cpu_usage_seconds_total"
        case containerMemory = "container_memory_working_set_bytes"
        case start = "container_start_time_seconds"
        case podCPU = "pod_cpu_usage_seconds_total"
        case podMemory = "pod_memory_working_set_bytes"
    }

    /// The instance as a whole where it was measured, else its containers.
    var readings: [UsageReading] {
        entries.values.flatMap { entry -> [UsageReading] in
            if let whole = entry.parts[""], let reading = Self.reading(whole, "", of: entry) { return [reading] }
            return entry.parts.compactMap { name, part in Self.reading(part, name, of: entry) }
        }
    }

    /// Containers that were measured and of which it was not told when they began: those began when their cluster's
    /// status of the pod says. Kubelets before 1.22 do not tell.
    var missingStarts: [(subject: UsageSubjects.Subject, container: String, start: Double)] {
        entries.values.flatMap { entry in
            entry.parts.compactMap { name, part in
                guard !name.isEmpty, part.start == nil, let start = entry.subject.containerStarts[name] else {
                    return nil
                }
                return (entry.subject, name, start)
            }
        }
    }

    private static func reading(_ part: Part, _ name: String, of entry: Entry) -> UsageReading? {
        guard let cpu = part.cpu else { return nil }
        let sum = entry.parts.reduce(0.0) { $0 + ($1.key.isEmpty ? 0 : $1.value.memory ?? 0) }
        let memory = part.memory ?? (name.isEmpty ? sum : 0)
        return UsageReading(
            instanceUID: entry.subject.instanceUID,
            container: name,
            start: name.isEmpty ? entry.subject.start : part.start ?? entry.subject.containerStarts[name],
            cpuSeconds: cpu.seconds,
            memoryBytes: Int64(clamping: Int(exactly: memory.rounded()) ?? 0),
            time: cpu.time
        )
    }
}
