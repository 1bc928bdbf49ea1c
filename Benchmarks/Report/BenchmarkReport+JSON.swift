import Foundation
import KubeModel

extension BenchmarkReport {
    /// Everything that was measured, trial by trial, and the summary.
    var json: JSON {
        [
            "kubernetes": .string(release),
            "managedFields": .bool(managedFields == .on),
            "cores": .int(Int64(ProcessInfo.processInfo.activeProcessorCount)),
            "rounds": .int(Int64(settings.rounds)),
            "startDelaySeconds": .double(settings.startDelay / .seconds(1)),
            "callsPerSecond": .int(Int64(settings.callsPerSecond)),
            "trials": .array(results.map(\.json)),
            "summary": .array(settings.sizes.map(summary)),
        ]
    }

    private func summary(_ size: Int) -> JSON {
        var summary: JSON = ["pods": .int(Int64(size))]
        for (name, measure) in [("create", Measure.create), ("remove", .remove)] {
            var times: JSON = [:]
            for variant in Variant.allCases { times[variant.rawValue] = number(median(variant, size, measure.seconds)) }
            times["martletToBare"] = number(ratio(size, to: .bare, measure.seconds))
            times["martletToDirect"] = number(ratio(size, to: .direct, measure.seconds))
            summary[name] = times
        }
        summary["cpuMartletToBare"] = number(ratio(size, to: .bare) { $0.cost?.cpuSeconds })
        for variant in [Variant.martlet, .bare] {
            var hops: JSON = [:]
            for hop in Hop.allCases { hops[hop.rawValue] = quantiles(latencies(hop, variant, size)) }
            summary[variant.rawValue] = ["hops": hops]
        }
        return summary
    }

    private func quantiles(_ values: [Double]) -> JSON {
        var result: JSON = ["pods": .int(Int64(values.count))]
        for (name, share) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
            result[name] = number(Statistics.quantile(share, of: values))
        }
        return result
    }

    private func number(_ value: Double?) -> JSON { value.map(JSON.double) ?? .null }
}

extension TrialResult {
    fileprivate var json: JSON {
        var json: JSON = [
            "variant": .string(variant.rawValue),
            "pods": .int(Int64(size)),
            "round": .int(Int64(round)),
            "createSeconds": .double(createSeconds),
            "removeSeconds": .double(removeSeconds),
            "loadBefore": .double(loadBefore),
        ]
        guard let cost else { return json }
        json["cpuSeconds"] = .double(cost.cpuSeconds)
        json["peakBytes"] = .int(cost.peakBytes)
        var traffic: JSON = [:]
        for (cluster, perPod) in cost.traffic { traffic[cluster] = perPod.json }
        json["perPod"] = traffic
        return json
    }
}

extension APITraffic {
    fileprivate var json: JSON {
        var kinds: JSON = [:]
        for (kind, calls) in byKind { kinds[kind] = .double(calls) }
        return [
            "calls": .double(calls), "sentBytes": .double(sentBytes), "receivedBytes": .double(receivedBytes),
            "callsByKind": kinds,
        ]
    }
}
