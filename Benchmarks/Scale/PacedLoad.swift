import KubeClient
import KubeModel

/// Pods that come one after the other at a fixed rate, whatever becomes of those before, and go as soon as they run: each
/// meets clusters that have little to do.
struct PacedLoad: Sendable {
    let name: String
    /// Pods per second.
    let rate: Int
    /// How many count.
    let pods: Int
    let clusters: BenchmarkClusters

    /// Pods that come first and do not count: for two seconds, so that what the last load left is over.
    private var warmUp: Int { rate * 2 }
    private var total: Int { warmUp + pods }
    private var workload: Workload { Workload(name: name, replicas: total) }

    /// What a pod needs if almost everything is in its way.
    private static let limit = Duration.seconds(60)

    /// - Returns: the latencies of the pods that count.
    /// - Throws: `BenchmarkError` unless each pod came, ran and went in both clusters.
    func run() async throws -> [Hop: [Double]] {
        clusters.observers.forEach { $0.reset() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await create() }
            group.addTask { try await removeWhatRuns() }
            try await group.waitForAll()
        }
        for cluster in [clusters.origin, clusters.remote] {
            let total = self.total
            try await cluster.observer.wait(for: "all pods gone", limit: Self.limit) {
                $0.pods.count == total && $0.isEmpty
            }
        }
        return try latencies()
    }

    private func podName(_ number: Int) -> String { "\(name)-\(number)" }

    /// Makes each pod at its time, also when the API server takes longer for one than the next is away.
    private func create() async throws {
        let start = ContinuousClock.now
        let period = Duration.seconds(1) / rate
        let (client, workload) = (clusters.origin.client, self.workload)
        try await withThrowingDiscardingTaskGroup { group in
            for number in 0..<total {
                try await Task.sleep(until: start + period * number, clock: .continuous)
                let pod = workload.pod(podName(number))
                group.addTask { _ = try await client.create(.pods, namespace: Workload.namespace, object: pod) }
            }
        }
    }

    private func removeWhatRuns() async throws {
        let origin = clusters.origin
        var removed: Set<String> = []
        while removed.count < total {
            let count = removed.count
            try await origin.observer.wait(for: "pod \(count + 1) of \(total) Ready", limit: Self.limit) {
                $0.readyCount > count
            }
            let ready = origin.observer.observations.pods.filter { $0.value.ready != nil }.map(\.key)
            for name in ready where removed.insert(name).inserted {
                _ = try await origin.client.delete(.pods, namespace: Workload.namespace, name: name)
            }
        }
    }

    private func latencies() throws -> [Hop: [Double]] {
        let (origin, remote) = (clusters.origin.observer.observations, clusters.remote.observer.observations)
        var result: [Hop: [Double]] = [:]
        for number in warmUp..<total {
            let name = podName(number)
            guard let pod = origin.pods[name], let delegate = remote.pods[name] else {
                throw BenchmarkError("pod \(name) was not seen in both clusters")
            }
            for hop in Hop.allCases {
                guard let latency = hop.latency(of: pod, delegate: delegate) else {
                    throw BenchmarkError("pod \(name) was not seen at both ends of '\(hop.title)'")
                }
                result[hop, default: []].append(latency)
            }
        }
        return result
    }
}
