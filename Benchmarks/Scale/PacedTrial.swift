import Glibc
import Testbed

/// What three clusters that misbehave do to another, told apart from all else that happens in the machine: one martlet,
/// one crowd and one unhurried load, while the three are switched between behaving and misbehaving, over and over.
struct PacedTrial: Sendable {
    let settings: ScaleSettings
    let clusters: BenchmarkClusters
    /// Calm at first.
    let crowd: Crowd
    let report: @Sendable (String) -> Void

    /// Calm, unruly, unruly, calm, and so on: what drifts hits both alike, and each has a neighbour of either kind.
    static func order(blocks: Int) -> [Bool] {
        (0..<blocks).flatMap { _ in [false, true, true, false] }
    }

    func run() async throws -> PacedReport {
        let contender = try await Contender.martlet(in: clusters, trial: "paced", accounts: .none, crowd: crowd)
        do {
            let segments = try await measure(contender)
            await contender.stop()
            try await clusters.origin.removeNodes([contender.nodeName] + crowd.nodeNames)
            return PacedReport(settings: settings, segments: segments)
        } catch {
            await contender.stop()
            throw BenchmarkError("the paced load failed: \(error)\n\(clusters.view)")
        }
    }

    private func measure(_ contender: Contender) async throws -> [PacedSegment] {
        try await Await.until("the node \(contender.nodeName)", limit: .seconds(60)) {
            try contender.checkAlive()
            return try await clusters.origin.hasSchedulableNode(contender.nodeName)
        }
        let meter = try await meter(contender)
        var segments: [PacedSegment] = []
        for (number, isUnruly) in Self.order(blocks: settings.blocks).enumerated() {
            try await settle(isUnruly: isUnruly, contender)
            let segment = try await segment(number, isUnruly: isUnruly, contender, meter)
            report(segment.line)
            segments.append(segment)
        }
        return segments
    }

    /// Returns when the condition is in force: when each disturbance has been felt, or when all nodes are Ready.
    private func settle(isUnruly: Bool, _ contender: Contender) async throws {
        let before = try await crowd.behave(unruly: isUnruly)
        guard isUnruly else {
            return try await clusters.origin.waitForReady(
                Set(crowd.nodeNames + [contender.nodeName]),
                limit: .seconds(300)
            )
        }
        try await Await.until("three clusters misbehave", limit: .seconds(120)) {
            try await crowd.counts().hasMisbehaved(since: before)
        }
    }

    private func segment(
        _ number: Int,
        isUnruly: Bool,
        _ contender: Contender,
        _ meter: CPUMeter
    ) async throws -> PacedSegment {
        let load = PacedLoad(
            name: "paced-\(number)",
            rate: settings.rate,
            pods: settings.rate * settings.pacedSeconds,
            clusters: clusters
        )
        let (counts, sample, used) = (try await crowd.counts(), try await contender.sample(), try meter.read())
        let start = clusters.elapsed()
        let hops = try await load.run()
        let seconds = (clusters.elapsed() - start) / .seconds(1)
        let usedThen = try meter.read()
        let later = try await contender.sample()
        let flooded = later.traffic.values(of: crowd.floodedCluster) - sample.traffic.values(of: crowd.floodedCluster)
        return PacedSegment(
            number: number,
            isUnruly: isUnruly,
            seconds: seconds,
            hops: hops,
            cpuSeconds: usedThen.merging(used) { $0 - $1 },
            misbehaviour: try await crowd.counts() - counts,
            eventsTaken: flooded.watchEvents,
            bytesTaken: flooded.receivedBytes,
            residentBytes: later.usage.residentBytes
        )
    }

    private func meter(_ contender: Contender) async throws -> CPUMeter {
        let origin = try await serverID(clusters.testbed.origin)
        let remote = try await serverID(clusters.testbed.remote("remote"))
        return CPUMeter(
            processes: [
                ("martlet", contender.process.processID), ("stand-ins", crowd.processID),
                ("origin's API server", origin), ("remote's API server", remote),
                ("this benchmark", getpid()),
            ]
        )
    }

    private func serverID(_ cluster: TestbedCluster) async throws -> Int32 {
        guard let id = try await cluster.component(.apiserver).processID else {
            throw BenchmarkError("the API server of \(cluster.name) has ended")
        }
        return id
    }
}

extension Crowd {
    /// The node of the cluster that is flooded when the crowd is unruly; martlet's counters know it by that name.
    fileprivate var floodedCluster: String {
        let index = Manner.disturbances(flood: 0).firstIndex { if case .flooding = $0 { true } else { false } }
        return Self.nodeName(index ?? 0)
    }
}

extension [String: APITraffic] {
    fileprivate func values(of cluster: String) -> APITraffic { self[cluster] ?? APITraffic() }
}
