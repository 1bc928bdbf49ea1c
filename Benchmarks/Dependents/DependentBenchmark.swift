/// How many calls the objects cost that the pods of one Deployment refer to: as many for a thousand pods as for ten.
struct DependentBenchmark: Sendable {
    let settings: BenchmarkSettings
    let report: @Sendable (String) -> Void

    /// - Throws: `BenchmarkError` and whatever else keeps a trial from its work.
    func run() async throws -> DependentReport {
        try await BenchmarkClusters.with(settings, managedFields: .on, report: report) { clusters in
            try await clusters.origin.makeReferences()
            return try await clusters.observing { try await rows(clusters) }
        }
    }

    private func rows(_ clusters: BenchmarkClusters) async throws -> DependentReport {
        var result = DependentReport(release: clusters.release)
        for accounts in AccountMode.allCases {
            for size in settings.sizes {
                let trial = Trial(variant: .martlet, size: size, round: 1, clusters: clusters, accounts: accounts)
                let done = try await trial.run()
                report("\(accounts.rawValue): \(done.line)")
                for (cluster, perPod) in (done.cost?.traffic ?? [:]).sorted(by: { $0.key < $1.key }) {
                    result.rows.append(
                        DependentReport.Row(accounts: accounts, size: size, cluster: cluster, perPod: perPod)
                    )
                }
            }
        }
        return result
    }
}
