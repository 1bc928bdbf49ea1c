import Foundation
import Lifecycle

/// The whole benchmark: clusters up, a warm-up, then the variants in turn for each size and round.
///
/// In turn, because what else goes on in the machine, and what grows in the clusters, shall hit all variants alike.
struct Benchmark: Sendable {
    let settings: BenchmarkSettings
    let managedFields: ManagedFields
    let report: @Sendable (String) -> Void

    /// - Throws: `BenchmarkError` and whatever else keeps a trial from its work. There is no result then.
    func run() async throws -> BenchmarkReport {
        let kind = "managedFields \(managedFields.rawValue)"
        report("\(trials.count) trials, \(kind); usually \(usualMinutes) minutes on two cores.")
        return try await BenchmarkClusters.with(settings, managedFields: managedFields, report: report) { clusters in
            BenchmarkReport(
                results: try await clusters.observing { try await results(clusters) },
                release: clusters.release,
                managedFields: managedFields,
                settings: settings
            )
        }
    }

    private struct Plan: Sendable {
        let variant: Variant
        let size: Int
        let round: Int
    }

    private var trials: [Plan] {
        settings.sizes.flatMap { size in
            (1...settings.rounds).flatMap { round in
                settings.variants.map { Plan(variant: $0, size: size, round: round) }
            }
        }
    }

    /// What two cores took, with the start of the clusters and of what stands between them.
    private var usualMinutes: Int {
        let seconds = trials.reduce(20.0) { sum, plan in
            let hops = plan.variant == .direct ? 1.0 : 2
            return sum + hops * (1 + 0.01 * Double(plan.size))
        }
        return max(1, Int((seconds / 60).rounded(.up)))
    }

    private func results(_ clusters: BenchmarkClusters) async throws -> [TrialResult] {
        report("Warm-up")
        for variant in settings.variants {
            _ = try await Trial(variant: variant, size: 10, round: 0, clusters: clusters).run()
        }
        var results: [TrialResult] = []
        for plan in trials {
            let trial = Trial(variant: plan.variant, size: plan.size, round: plan.round, clusters: clusters)
            let result = try await trial.run()
            report(result.line)
            results.append(result)
        }
        return results
    }
}
