package import KubeModel

/// The rates at which a simulated pod uses what it runs on, from its annotations.
struct SimulatedLoad: Sendable {
    /// The CPU that the pod uses while it runs ("250m").
    static let cpuAnnotation = "simulated.martlet.dev/cpu"
    /// The memory that the pod uses while it runs ("64Mi").
    static let memoryAnnotation = "simulated.martlet.dev/memory"

    let cores: Double
    let memoryBytes: Int64

    /// An annotation that is no quantity counts as none: a simulated pod is not worth a failure.
    init(annotations: [String: String]) {
        let cpu = annotations[Self.cpuAnnotation].flatMap { try? Quantity($0) } ?? .zero
        let memory = annotations[Self.memoryAnnotation].flatMap { try? Quantity($0) } ?? .zero
        cores = Double(cpu.milliValue) / 1000
        memoryBytes = memory.value
    }
}

/// The CPU time of a simulated pod: counters, whatever becomes of its load. Times are seconds since 1970.
struct SimulatedMeter: Sendable {
    /// CPU seconds of all runs of the containers.
    private(set) var total = 0.0
    /// CPU seconds of the present one.
    private(set) var sinceStart = 0.0
    private(set) var time = 0.0

    /// The containers begin to run.
    mutating func restart(at time: Double) {
        sinceStart = 0
        self.time = max(self.time, time)
    }

    /// Counts what was used at this rate since it was last looked at.
    mutating func advance(to time: Double, cores: Double) {
        guard time > self.time else { return }
        let spent = (time - self.time) * cores
        total += spent
        sinceStart += spent
        self.time = time
    }
}

/// What the pods of a simulated node use, as its kubelet would report it.
extension Simulated: UsageSource {
    package var usage: (any UsageSource)? { self }

    package func page(_ page: MetricsPage, of pods: [UID: ObjectKey]) async throws -> UsagePage {
        guard page == .resource else {
            throw ProviderError(.rejected, reason: "NoSuchPage", message: "nothing of this is simulated")
        }
        return UsagePage(resourcesOf: measured(pods))
    }

    package func summary(_ detail: SummaryDetail, of pods: [UID: ObjectKey]) async throws -> UsageSummary {
        UsageSummary(of: measured(pods))
    }
}
