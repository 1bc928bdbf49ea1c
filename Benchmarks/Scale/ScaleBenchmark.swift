import Foundation
import KubeClient
import Lifecycle
import Transport

/// What many clusters cost one process, and whether one of them that misbehaves is felt by another.
struct ScaleBenchmark: Sendable {
    let settings: ScaleSettings
    let report: @Sendable (String) -> Void

    /// - Throws: `BenchmarkError` and whatever else keeps a trial from its work. There is no result then.
    func run() async throws -> ScaleReport {
        try await BenchmarkClusters.with(settings.base, managedFields: .on, report: report) { clusters in
            let loop = try ConnectionLoop.start()
            let result: Result<ScaleReport, any Error>
            do {
                result = .success(try await clusters.observing { try await measure(clusters, loop) })
            } catch {
                result = .failure(error)
            }
            await loop.stop()
            return try result.get()
        }
    }

    private func measure(_ clusters: BenchmarkClusters, _ loop: ConnectionLoop) async throws -> ScaleReport {
        let calm = try Crowd("calm", Array(repeating: .calm, count: settings.clusters), on: loop, in: clusters)
        let few = try Crowd("few", [.calm], on: loop, in: clusters)
        let rest = settings.clusters - Manner.disturbances.count
        let unruly = try Crowd(
            "unruly",
            Manner.disturbances + Array(repeating: .calm, count: rest),
            on: loop,
            in: clusters
        )
        return try await withThrowingTaskGroup(of: ScaleReport?.self) { group in
            for crowd in [few, calm, unruly] {
                group.addTask {
                    await crowd.run()
                    return nil
                }
            }
            group.addTask { try await measure(clusters, few: few, calm: calm, unruly: unruly) }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    private func measure(
        _ clusters: BenchmarkClusters,
        few: Crowd,
        calm: Crowd,
        unruly: Crowd
    ) async throws -> ScaleReport {
        var result = ScaleReport(settings: settings, release: clusters.release)
        for crowd in [few, calm] {
            let idle = try await IdleTrial(crowd: crowd, settings: settings, clusters: clusters).run()
            report(idle.line)
            result.idle.append(idle)
        }
        for round in 1...settings.base.rounds {
            for crowd in [calm, unruly] {
                let size = settings.pods
                let trial = Trial(variant: .martlet, size: size, round: round, clusters: clusters, crowd: crowd)
                let done = try await trial.run()
                report("\(crowd.name) crowd: \(done.line)")
                result.trials.append(ScaleReport.CrowdTrial(crowd: crowd.name, result: done))
            }
        }
        return result
    }
}
