package import KubeModel

/// What the instances of a provider use of its cluster, as it is measured there.
///
/// Nothing is measured by us, and nothing is asked of the cluster unless somebody asks for it. Answers are of the pods
/// that are named and of no others: by their UID, with the names that the answer has.
package protocol UsageSource: Sendable {
    /// A page of metrics.
    ///
    /// - Throws: ``ProviderError``: `.rejected` where the cluster does not have the page or does not let us read it,
    ///   `.unavailable` where nothing was to be learned; `CancellationError`.
    func page(_ page: MetricsPage, of pods: [UID: ObjectKey]) async throws -> UsagePage

    /// What `/stats/summary` says of pods.
    ///
    /// - Throws: as ``page(_:of:)``.
    func summary(_ detail: SummaryDetail, of pods: [UID: ObjectKey]) async throws -> UsageSummary
}

/// The pages of metrics that a kubelet has about pods, by the last segment of their paths.
package enum MetricsPage: String, Sendable, CaseIterable {
    case resource, cadvisor, probes
}

/// How much `/stats/summary` tells.
package enum SummaryDetail: Sendable, CaseIterable {
    case full
    /// What `?only_cpu_and_memory=true` leaves.
    case cpuAndMemory
}

/// A page of metrics about some pods.
package struct UsagePage: Sendable {
    package var exposition: Exposition
    /// What of it says how much the pods use.
    package var readings: [UsageReading]
    /// Why something that should be there is not: sentences. The rest is right all the same.
    package var gaps: [String]

    package init(exposition: Exposition = Exposition(), readings: [UsageReading] = [], gaps: [String] = []) {
        self.exposition = exposition
        self.readings = readings
        self.gaps = gaps
    }
}

/// What `/stats/summary` says of some pods.
package struct UsageSummary: Sendable {
    /// Each a `PodStats` of the kubelet's stats/v1alpha1, as JSON text: thousands of trees would be ten times as large.
    package var pods: [[UInt8]]
    package var readings: [UsageReading]
    /// As of ``UsagePage``.
    package var gaps: [String]

    package init(pods: [[UInt8]] = [], readings: [UsageReading] = [], gaps: [String] = []) {
        self.pods = pods
        self.readings = readings
        self.gaps = gaps
    }
}

/// How much a part of an instance uses, and has used: all of it or, where its cluster does not measure the whole, one
/// incarnation of one container.
package struct UsageReading: Sendable, Hashable {
    package let instanceUID: UID
    /// Empty for the instance as a whole.
    package let container: String
    /// When what is measured began, in seconds since 1970; nil if it is not known.
    package let start: Double?
    /// CPU seconds since then: a counter.
    package let cpuSeconds: Double
    /// CPU in use lately, in billionths of a core; nil where only the counter is told.
    package let nanoCores: Int64?
    /// The working set, in bytes.
    package let memoryBytes: Int64
    /// When it was measured, in seconds since 1970.
    package let time: Double

    package init(
        instanceUID: UID,
        container: String = "",
        start: Double?,
        cpuSeconds: Double,
        nanoCores: Int64? = nil,
        memoryBytes: Int64,
        time: Double
    ) {
        self.instanceUID = instanceUID
        self.container = container
        self.start = start
        self.cpuSeconds = cpuSeconds
        self.nanoCores = nanoCores
        self.memoryBytes = memoryBytes
        self.time = time
    }
}

extension PodProvider {
    /// Most providers of tests measure nothing.
    package var usage: (any UsageSource)? { nil }
}
