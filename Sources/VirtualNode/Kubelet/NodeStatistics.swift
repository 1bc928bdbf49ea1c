internal import KubeModel
internal import Observability
internal import Providers
internal import Synchronization

/// What a virtual node and its pods use, as the pages of a kubelet.
///
/// The node is the sum of its own pods: its capacity is what they can have, and what others do in the cluster is not
/// the origin's to see. Where a part of the sum is not known there is no sum.
final class NodeStatistics: Sendable {
    /// How long an answer is given again. Kubelets themselves measure every ten seconds.
    static let lifetime = Duration.seconds(5)

    private let summaries: [SummaryDetail: SharedAnswer<[UInt8]>]
    private let pages: [MetricsPage: SharedAnswer<[[UInt8]]>]

    /// - Parameters:
    ///   - clock: time since 1970.
    ///   - now: how long answers are kept is measured by it.
    init(
        node: String,
        directory: PodDirectory,
        clock: @escaping @Sendable () -> Duration = WallClock.sinceEpoch,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        let maker = Maker(node: node, start: clock() / .seconds(1), directory: directory, clock: clock)
        summaries = Dictionary(
            uniqueKeysWithValues: SummaryDetail.allCases.map { detail in
                (detail, SharedAnswer(lifetime: Self.lifetime, now: now) { try await maker.summary(detail) })
            }
        )
        pages = Dictionary(
            uniqueKeysWithValues: MetricsPage.allCases.map { page in
                // The other pages are too large to be kept for who may never come again.
                let lifetime = page == .resource ? Self.lifetime : .zero
                return (page, SharedAnswer(lifetime: lifetime, now: now) { try await maker.page(page) })
            }
        )
    }

    /// `/stats/summary`, as JSON text.
    ///
    /// - Throws: ``KubeletFailure``; `CancellationError`.
    func summary(_ detail: SummaryDetail) async throws -> [UInt8] {
        guard let answer = summaries[detail] else { return [] }
        return try await answer.value()
    }

    /// A page of `/metrics`, in pieces.
    ///
    /// - Throws: ``KubeletFailure``; `CancellationError`.
    func page(_ page: MetricsPage) async throws -> [[UInt8]] {
        guard let answer = pages[page] else { return [] }
        return try await answer.value()
    }
}

/// Makes the pages anew.
private final class Maker: Sendable {
    private let node: String
    /// When the node's own counters began, in seconds since 1970.
    private let start: Double
    private let directory: PodDirectory
    private let clock: @Sendable () -> Duration
    private let meter = Mutex(NodeUsageMeter())

    init(node: String, start: Double, directory: PodDirectory, clock: @escaping @Sendable () -> Duration) {
        self.node = node
        self.start = start
        self.directory = directory
        self.clock = clock
    }

    func page(_ page: MetricsPage) async throws -> [[UInt8]] {
        let (source, pods) = try directory.usage()
        var answer = try await Self.failing { try await source.page(page, of: pods) }
        if page == .resource {
            let total = note(answer.readings)
            if answer.gaps.isEmpty { answer.exposition.addNode(total) }
        }
        answer.exposition.addResult(of: page, isWhole: answer.gaps.isEmpty)
        return answer.exposition.pieces
    }

    func summary(_ detail: SummaryDetail) async throws -> [UInt8] {
        let (source, pods) = try directory.usage()
        let answer = try await Self.failing { try await source.summary(detail, of: pods) }
        let total = note(answer.readings)
        var json: JSON = ["nodeName": .string(node), "startTime": .string(Timestamp.format(start))]
        if answer.gaps.isEmpty { json.add(total) }
        var text = Array("{\"node\":".utf8) + json.serialized() + Array(",\"pods\":[".utf8)
        for (number, pod) in answer.pods.enumerated() {
            if number > 0 { text.append(UInt8(ascii: ",")) }
            text += pod
        }
        return text + Array("]}".utf8)
    }

    private func note(_ readings: [UsageReading]) -> NodeUsageMeter.Total {
        let present = directory.instanceUIDs
        return meter.withLock { $0.note(readings, present: present, now: clock() / .seconds(1)) }
    }

    /// A refusal says that there is no such page here, as a kubelet without it says it.
    private static func failing<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as ProviderError {
            throw KubeletFailure(error.code == .rejected ? 404 : 503, error.message)
        }
    }
}

extension JSON {
    /// The members of stats/v1alpha1 `NodeStats` that a sum over pods has.
    fileprivate mutating func add(_ total: NodeUsageMeter.Total) {
        let time = JSON.string(Timestamp.format(total.time))
        var cpu: JSON = ["time": time, "usageCoreNanoSeconds": .int(Int64(clamping: total.cpuSeconds * 1e9))]
        cpu["usageNanoCores"] = total.nanoCores.map(JSON.int)
        self["cpu"] = cpu
        self["memory"] = ["time": time, "workingSetBytes": .int(total.memoryBytes)]
    }
}

extension Exposition {
    /// The node's own lines of `/metrics/resource`.
    fileprivate mutating func addNode(_ total: NodeUsageMeter.Total) {
        let (cpu, memory) = ("node_cpu_usage_seconds_total", "node_memory_working_set_bytes")
        declare(cpu, help: "Cumulative cpu time consumed by the node in core-seconds".utf8, type: "counter".utf8)
        add(cpu, [], total.cpuSeconds, at: total.time)
        declare(memory, help: "Current working set of the node in bytes".utf8, type: "gauge".utf8)
        add(memory, [], Double(total.memoryBytes), at: total.time)
    }

    /// Whether all was to be had, as kubelets say it: for resources under the name of those up to 1.28, and under today's.
    fileprivate mutating func addResult(of page: MetricsPage, isWhole: Bool) {
        let names =
            switch page {
            case .resource: ["scrape_error", "resource_scrape_error"]
            case .cadvisor: ["container_scrape_error"]
            case .probes: [String]()
            }
        for name in names {
            let help = "1 if there was an error while getting container metrics, 0 otherwise"
            declare(name, help: help.utf8, type: "gauge".utf8)
            add(name, [], isWhole ? 0 : 1, at: nil)
        }
    }
}
