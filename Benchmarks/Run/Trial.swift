import KubeClient
import KubeModel

/// One Deployment up and down again, in one of the three ways.
struct Trial: Sendable {
    let variant: Variant
    let size: Int
    let round: Int
    let clusters: BenchmarkClusters
    /// Whose identity the pods have, in a trial with pods that refer to objects; nil for pods that refer to none.
    var accounts: AccountMode?
    /// The clusters that martlet serves beside the one that is measured.
    var crowd: Crowd?

    private var name: String {
        ["\(variant.rawValue)-\(size)-\(round)", accounts?.rawValue, crowd?.name].compactMap(\.self).joined(
            separator: "-"
        )
    }

    /// Where the Deployment is applied.
    private var entry: BenchmarkCluster { variant == .direct ? clusters.remote : clusters.origin }

    /// Twenty pods per second is a quarter of what a loaded machine with two cores does.
    private var limit: Duration { .seconds(60 + size / 20) }

    /// - Throws: `BenchmarkError` if anything is not as it should be: a trial that did not do its work has no time.
    func run() async throws -> TrialResult {
        let load = MachineLoad.oneMinute()
        let contender = try await startContender()
        do {
            let result = try await withWatched(contender) { try await measure(contender, loadBefore: load) }
            try await end(contender)
            return result
        } catch {
            await contender?.stop()
            throw BenchmarkError("\(name) failed: \(error)\n\(clusters.view)")
        }
    }

    /// Runs the body for as long as the contender lives.
    private func withWatched(
        _ contender: Contender?,
        _ body: @escaping @Sendable () async throws -> TrialResult
    ) async throws -> TrialResult {
        guard let contender else { return try await body() }
        return try await withThrowingTaskGroup(of: TrialResult?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await contender.waitForDeath()
                return nil
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() ?? nil else { throw CancellationError() }
            return result
        }
    }

    /// One pod goes first, so that the scheduler is known to have seen the node, and the connections are there.
    private func measure(_ contender: Contender?, loadBefore: Double) async throws -> TrialResult {
        let first = Workload(name: "\(name)-first", replicas: 1)
        _ = try await bringUp(first)
        _ = try await bringDown(first)
        let workload = Workload(name: name, replicas: size, refersToObjects: accounts != nil)
        let before = try await contender?.sample()
        let create = try await bringUp(workload)
        let remove = try await bringDown(workload)
        if accounts != nil { try await clusters.remote.waitUntilCollected() }
        let cost = try await cost(contender, since: before)
        return TrialResult(
            variant: variant,
            size: size,
            round: round,
            createSeconds: create,
            removeSeconds: remove,
            cost: cost,
            loadBefore: loadBefore
        )
    }

    private func bringUp(_ workload: Workload) async throws -> Double {
        clusters.observers.forEach { $0.reset() }
        let (name, size) = (workload.name, workload.replicas)
        let started = clusters.elapsed()
        _ = try await entry.client.create(.deployments, namespace: Workload.namespace, object: workload.object)
        for cluster in involved {
            try await cluster.observer.wait(for: "all pods Ready", limit: limit) { $0.readyCount >= size }
        }
        try check("all pods Ready", size) { $0.pods.count == size && $0.readyCount == size && $0.goneCount == 0 }
        let ready = entry.observer.observations.pods.values.compactMap(\.ready).max() ?? started
        // The controllers have caught up too, so that their rest does not count for what comes next.
        try await Await.until("the Deployment says so", limit: limit) {
            let status = try await entry.client.get(.deployments, namespace: Workload.namespace, name: name)["status"]
            return status?["readyReplicas"]?.int == Int64(size)
        }
        return (ready - started) / .seconds(1)
    }

    private func bringDown(_ workload: Workload) async throws -> Double {
        let (name, size) = (workload.name, workload.replicas)
        let started = clusters.elapsed()
        _ = try await entry.client.patch(
            .deployments,
            namespace: Workload.namespace,
            name: name,
            type: .merge,
            body: ["spec": ["replicas": 0]]
        )
        for cluster in involved {
            try await cluster.observer.wait(for: "all pods gone", limit: limit) { $0.isEmpty }
        }
        try check("all pods gone", size) { $0.pods.count == size && $0.goneCount == size }
        let gone = entry.observer.observations.pods.values.compactMap(\.gone).max() ?? started
        _ = try await entry.client.delete(.deployments, namespace: Workload.namespace, name: name)
        return (gone - started) / .seconds(1)
    }

    /// The clusters that have pods in this trial.
    private var involved: [BenchmarkCluster] {
        variant == .direct ? [clusters.remote] : [clusters.origin, clusters.remote]
    }

    private func check(_ what: String, _ size: Int, _ holds: (PodObservations) -> Bool) throws {
        for cluster in involved where !holds(cluster.observer.observations) {
            throw BenchmarkError("\(what), but \(cluster.name) has shown other than \(size) pods")
        }
    }

    private func cost(_ contender: Contender?, since before: ContenderSample?) async throws -> ContenderCost? {
        guard let contender, let before else { return nil }
        let after = try await contender.sample()
        let (origin, remote) = (clusters.origin.observer.observations, clusters.remote.observer.observations)
        return ContenderCost(
            cpuSeconds: after.usage.cpuSeconds - before.usage.cpuSeconds,
            peakBytes: after.usage.peakBytes,
            traffic: after.traffic.reduce(into: [:]) { result, entry in
                let earlier = before.traffic[entry.key] ?? APITraffic()
                result[entry.key] = (entry.value - earlier).divided(by: size)
            },
            hops: Hop.allCases.reduce(into: [:]) { $0[$1] = $1.latencies(origin: origin, remote: remote) }
        )
    }
}

// MARK: - The process between the clusters

extension Trial {
    /// Starts it and waits until its node takes pods.
    private func startContender() async throws -> Contender? {
        let contender: Contender
        switch variant {
        case .direct: return nil
        case .martlet:
            contender = try await .martlet(in: clusters, trial: name, accounts: accounts ?? .none, crowd: crowd)
        case .bare: contender = try await .bare(in: clusters, trial: name)
        }
        try await Await.until("the node \(contender.nodeName)", limit: .seconds(60)) {
            try contender.checkAlive()
            return try await clusters.origin.hasSchedulableNode(contender.nodeName)
        }
        if let crowd { try await clusters.origin.waitForReady(crowd.calmNodeNames, limit: .seconds(120)) }
        return contender
    }

    /// Stops it and takes its node away.
    private func end(_ contender: Contender?) async throws {
        guard let contender else { return }
        await contender.stop()
        try await clusters.origin.removeNodes([contender.nodeName] + (crowd?.nodeNames ?? []))
    }
}
