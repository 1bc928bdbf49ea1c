import KubeClient
import KubeModel
import Lifecycle

/// martlet with a crowd in which nothing happens.
struct IdleTrial: Sendable {
    let crowd: Crowd
    let settings: ScaleSettings
    let clusters: BenchmarkClusters

    /// What it had and did.
    struct Result: Sendable {
        /// With the real one.
        let clusters: Int
        let residentBytes: Int64
        let threads: Int
        let cpuSeconds: Double
        let seconds: Double
        /// Of leases, in seconds.
        let gaps: [Double]
        /// To all clusters, the origin too.
        let calls: Double
        /// From the start to all nodes Ready.
        let readySeconds: Double

        var line: String {
            "\(clusters) clusters, idle: \(Table.mebibytes(residentBytes)) MiB, \(threads) threads, "
                + "CPU \(Table.number(cpuSeconds / seconds * 100, digits: 1)) %, "
                + "all Ready after \(Table.number(readySeconds, digits: 1)) s"
        }
    }

    func run() async throws -> Result {
        let contender = try await Contender.martlet(
            in: clusters,
            trial: "idle-\(crowd.name)",
            accounts: .none,
            crowd: crowd
        )
        do {
            let result = try await measure(contender)
            await contender.stop()
            try await clusters.origin.removeNodes([contender.nodeName] + crowd.nodeNames)
            return result
        } catch {
            await contender.stop()
            throw error
        }
    }

    private func measure(_ contender: Contender) async throws -> Result {
        let names = crowd.calmNodeNames.union([contender.nodeName])
        let started = clusters.elapsed()
        try await clusters.origin.waitForReady(names, limit: .seconds(120))
        let ready = (clusters.elapsed() - started) / .seconds(1)
        let leases = LeaseObserver(clusters.origin.client, elapsed: clusters.elapsed)
        let before = try await contender.sample()
        let start = clusters.elapsed()
        // A stretch of time is what is measured.
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await leases.run() }
            group.addTask { try await Task.sleep(for: settings.idle) }
            defer { group.cancelAll() }
            try await group.next()
        }
        let after = try await contender.sample()
        return Result(
            clusters: names.count,
            residentBytes: after.usage.residentBytes,
            threads: after.usage.threads,
            cpuSeconds: after.usage.cpuSeconds - before.usage.cpuSeconds,
            seconds: (clusters.elapsed() - start) / .seconds(1),
            gaps: leases.gaps,
            calls: after.calls - before.calls,
            readySeconds: ready
        )
    }
}

extension ContenderSample {
    /// To all clusters.
    fileprivate var calls: Double { traffic.values.reduce(0) { $0 + $1.calls } }
}
