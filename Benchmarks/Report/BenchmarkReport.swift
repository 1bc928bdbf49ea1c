import Foundation

/// All results, and what follows from them.
struct BenchmarkReport: Sendable {
    let results: [TrialResult]
    /// The Kubernetes release.
    let release: String
    let managedFields: ManagedFields
    let settings: BenchmarkSettings

    /// A time of a trial.
    enum Measure: String, Sendable, CaseIterable {
        case create = "create → all Ready"
        case remove = "scale to 0 → all gone"

        func seconds(_ result: TrialResult) -> Double {
            switch self {
            case .create: result.createSeconds
            case .remove: result.removeSeconds
            }
        }
    }

    func results(_ variant: Variant, _ size: Int) -> [TrialResult] {
        results.filter { $0.variant == variant && $0.size == size }
    }

    /// The median over the rounds.
    func median(_ variant: Variant, _ size: Int, _ value: (TrialResult) -> Double?) -> Double? {
        Statistics.median(results(variant, size).compactMap(value))
    }

    /// The median over the rounds of the ratio within a round, whose trials ran one after the other.
    func ratio(_ size: Int, to other: Variant, _ value: (TrialResult) -> Double?) -> Double? {
        let ratios = results(.martlet, size).compactMap { result -> Double? in
            guard let base = results(other, size).first(where: { $0.round == result.round }).flatMap(value), base > 0
            else { return nil }
            return value(result).map { $0 / base }
        }
        return Statistics.median(ratios)
    }

    /// The latencies of a hop, over all rounds.
    func latencies(_ hop: Hop, _ variant: Variant, _ size: Int) -> [Double] {
        results(variant, size).flatMap { $0.cost?.hops[hop] ?? [] }
    }

    /// What the process between the clusters asked of one of them, per pod.
    func traffic(_ variant: Variant, _ size: Int, _ cluster: String) -> APITraffic? {
        let all = results(variant, size).compactMap { $0.cost?.traffic[cluster] }
        guard let calls = Statistics.median(all.map(\.calls)), let sent = Statistics.median(all.map(\.sentBytes)),
            let received = Statistics.median(all.map(\.receivedBytes))
        else { return nil }
        return APITraffic(calls: calls, sentBytes: sent, receivedBytes: received, byKind: all.last?.byKind ?? [:])
    }
}
