import Foundation
import KubeClient
import Lifecycle

/// What many clusters cost one process, and whether one of them that misbehaves is felt by another.
struct ScaleBenchmark: Sendable {
    let settings: ScaleSettings
    let report: @Sendable (String) -> Void

    /// - Throws: `BenchmarkError` and whatever else keeps a trial from its work. There is no result then.
    func run() async throws -> ScaleReport {
        try await BenchmarkClusters.with(settings.base, managedFields: .on, report: report) { clusters in
            try await clusters.observing { try await measure(clusters) }
        }
    }

    private func measure(_ clusters: BenchmarkClusters) async throws -> ScaleReport {
        var result = ScaleReport(settings: settings, release: clusters.release)
        if settings.parts.contains(.idle) {
            for (name, count) in [("few", 1), ("many", settings.clusters)] {
                let idle = try await with(name, count, in: clusters) { crowd in
                    try await IdleTrial(crowd: crowd, settings: settings, clusters: clusters).run()
                }
                report(idle.line)
                result.idle.append(idle)
            }
        }
        if settings.parts.contains(.burst) { result.trials = try await bursts(clusters) }
        if settings.parts.contains(.paced) {
            result.paced = try await with("paced", settings.clusters, in: clusters) { crowd in
                try await PacedTrial(settings: settings, clusters: clusters, crowd: crowd, report: report).run()
            }
        }
        return result
    }

    /// A Deployment among calm clusters and among some that misbehave, in turn.
    private func bursts(_ clusters: BenchmarkClusters) async throws -> [ScaleReport.CrowdTrial] {
        try await with("calm", settings.clusters, in: clusters) { calm in
            try await with("unruly", settings.clusters, isUnruly: true, in: clusters) { unruly in
                var trials: [ScaleReport.CrowdTrial] = []
                for round in 1...settings.base.rounds {
                    for crowd in [calm, unruly] {
                        let size = settings.pods
                        let trial = Trial(variant: .martlet, size: size, round: round, clusters: clusters, crowd: crowd)
                        let done = try await trial.run()
                        report("\(crowd.name) crowd: \(done.line)")
                        trials.append(ScaleReport.CrowdTrial(crowd: crowd.name, result: done))
                    }
                }
                return trials
            }
        }
    }

    private func with<Value: Sendable>(
        _ name: String,
        _ count: Int,
        isUnruly: Bool = false,
        in clusters: BenchmarkClusters,
        _ body: (Crowd) async throws -> Value
    ) async throws -> Value {
        let flood = settings.flood
        return try await Crowd.with(name, count: count, isUnruly: isUnruly, flood: flood, in: clusters, body: body)
    }
}
