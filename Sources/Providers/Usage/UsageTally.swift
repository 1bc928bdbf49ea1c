import KubeModel

/// Puts together, from single samples of `/metrics/resource`, what instances use. Pure.
struct UsageTally: Sendable {
    /// An instance as a whole, or one of its containers.
    struct Part: Hashable {
        let instanceUID: UID
        /// Empty for the whole.
        let container: String
    }

    private struct Measure {
        var start: Double?
        var cpu: (seconds: Double, time: Double)?
        var memory: Double?
    }

    private struct Entry {
        let subject: UsageSubjects.Subject
        /// By container; the instance as a whole under the empty name.
        var parts: [String: Measure] = [:]
    }

    private var entries: [UID: Entry] = [:]

    /// - Parameters:
    ///   - metric: a name; those that do not count are left out.
    ///   - container: empty for a sample of the instance as a whole.
    mutating func note(
        _ metric: String,
        of subject: UsageSubjects.Subject,
        container: String,
        _ sample: ExpositionLine.Sample
    ) {
        guard let kind = Metric(rawValue: metric),
            let (value, time) = sample.reading, value.isFinite
        else { return }
        var entry = entries[subject.instanceUID] ?? Entry(subject: subject)
        switch kind {
        case .start: entry.parts[container, default: Measure()].start = value
        case .containerMemory, .podMemory: entry.parts[container, default: Measure()].memory = value
        case .containerCPU, .podCPU:
            if let time { entry.parts[container, default: Measure()].cpu = (value, time) }
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

    static func isCPU(_ metric: String) -> Bool {
        let kind = Metric(rawValue: metric)
        return kind == .containerCPU || kind == .podCPU
    }

    static func isStart(_ metric: String) -> Bool { Metric(rawValue: metric) == .start }

    /// How much earlier than its pod a container may seem to have begun, in seconds: a pod's start is told in whole ones.
    private static let startTolerance = 1.0

    /// Takes out what is not of these instances: containers that began before their pod did are an earlier pod's of the
    /// same name, and so is what is said of the whole then.
    mutating func removeStrangers() -> Set<Part> {
        var strangers: Set<Part> = []
        for (uid, entry) in entries {
            guard let start = entry.subject.start else { continue }
            let earlier = entry.parts.filter { ($0.value.start ?? start) < start - Self.startTolerance }
            guard !earlier.isEmpty else { continue }
            for name in earlier.keys + [""] {
                strangers.insert(Part(instanceUID: uid, container: name))
                entries[uid]?.parts[name] = nil
            }
        }
        return strangers
    }

    /// Has the counters stand where they are to be told.
    ///
    /// - Returns: where those stand now that were moved, in CPU seconds.
    mutating func move(by voice: CounterVoice) -> [Part: Double] {
        var moved: [Part: Double] = [:]
        for (uid, entry) in entries {
            for (name, part) in entry.parts {
                guard let cpu = part.cpu,
                    let seconds = voice.moved(cpu.seconds, of: entry.subject, container: name)
                else { continue }
                moved[Part(instanceUID: uid, container: name)] = seconds
                entries[uid]?.parts[name]?.cpu?.seconds = seconds
            }
        }
        return moved
    }

    /// When containers began, in seconds since 1970, where that is to be told in another way than it was. Their counters
    /// have been moved before.
    func starts(by voice: CounterVoice) -> [Part: Double] {
        var starts: [Part: Double] = [:]
        for (uid, entry) in entries {
            for (name, part) in entry.parts where !name.isEmpty {
                guard let start = part.start ?? entry.subject.containerStarts[name] else { continue }
                let told = voice.beginning(start, of: CounterKey(entry.subject, container: name))
                if told != start { starts[Part(instanceUID: uid, container: name)] = told }
            }
        }
        return starts
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

    private static func reading(_ part: Measure, _ name: String, of entry: Entry) -> UsageReading? {
        guard let cpu = part.cpu else { return nil }
        let sum = entry.parts.reduce(0.0) { $0 + ($1.key.isEmpty ? 0 : $1.value.memory ?? 0) }
        let memory = part.memory ?? (name.isEmpty ? sum : 0)
        return UsageReading(
            instanceUID: entry.subject.instanceUID,
            container: name,
            start: name.isEmpty ? entry.subject.start : part.start ?? entry.subject.containerStarts[name],
            cpuSeconds: cpu.seconds,
            memoryBytes: Int64(clamping: memory.rounded()),
            time: cpu.time
        )
    }
}
