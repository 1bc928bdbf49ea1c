import KubeModel

/// What many clusters cost, and what three that misbehave do to another.
struct ScaleReport: Sendable {
    struct CrowdTrial: Sendable {
        let crowd: String
        let result: TrialResult
    }

    let settings: ScaleSettings
    /// The Kubernetes release.
    let release: String
    /// First with few clusters, then with many.
    var idle: [IdleTrial.Result] = []
    var trials: [CrowdTrial] = []
    var paced: PacedReport?

    /// The tables for people, of the parts that were run.
    var text: String {
        var parts: [String] = []
        if !idle.isEmpty {
            parts += [
                "Idle, over \(settings.idle.components.seconds) s (Kubernetes \(release))", idleTable.text,
                "Each of the \(settings.clusters - 1) further clusters: "
                    + "\(Table.kibibytes(bytesPerCluster)) KiB, \(Table.number(threadsPerCluster, digits: 2)) threads, "
                    + "\(Table.number(cpuPerCluster.map { $0 * 100 }, digits: 3)) % of a core",
            ]
        }
        if !trials.isEmpty {
            let manners = Manner.disturbances(flood: settings.flood).map(\.title).joined(separator: ", ")
            parts += [
                "A Deployment of \(settings.pods) pods in one cluster, ms, \(settings.base.rounds) rounds; "
                    + "among the others three are \(manners)",
                hopTable.text,
            ]
        }
        if let paced { parts.append(paced.text) }
        parts += missed.map { "Missed: \($0)" }
        return parts.joined(separator: "\n\n")
    }

    /// The targets that were missed by what the machine's load does not change much; empty where nothing of it was measured.
    var missed: [String] {
        guard let bytes = bytesPerCluster, let threads = threadsPerCluster else { return [] }
        let longest = idle.flatMap(\.gaps).max() ?? 0
        return [
            bytes < 1_048_576 ? nil : "an idle cluster takes \(Table.kibibytes(bytes)) KiB, not less than 1024",
            threads < 0.01 ? nil : "an idle cluster takes \(Table.number(threads, digits: 2)) threads, not none",
            // The origin gives a node up after forty seconds.
            longest < 20 ? nil : "a lease was not renewed for \(Table.number(longest, digits: 1)) s instead of ten",
        ].compactMap { $0 }
    }

    var bytesPerCluster: Double? { perCluster { Double($0.residentBytes) } }
    var threadsPerCluster: Double? { perCluster { Double($0.threads) } }
    /// As a part of one core.
    var cpuPerCluster: Double? { perCluster { $0.cpuSeconds / $0.seconds } }

    private func perCluster(_ value: (IdleTrial.Result) -> Double) -> Double? {
        guard let few = idle.first, let many = idle.last, many.clusters > few.clusters else { return nil }
        return (value(many) - value(few)) / Double(many.clusters - few.clusters)
    }

    private var idleTable: Table {
        var table = Table(
            header: [
                "clusters", "all Ready after s", "MiB", "threads", "CPU %", "calls/s", "lease gap p50 s", "p99", "most",
            ]
        )
        table.rows = idle.map { result in
            [
                "\(result.clusters)", Table.number(result.readySeconds, digits: 1),
                Table.mebibytes(result.residentBytes), "\(result.threads)",
                Table.number(result.cpuSeconds / result.seconds * 100, digits: 1),
                Table.number(result.calls / result.seconds, digits: 1),
            ]
                + [0.5, 0.99, 1].map { Table.number(Statistics.quantile($0, of: result.gaps), digits: 2) }
        }
        return table
    }

    /// The latencies of a hop among a crowd, over all rounds, in seconds.
    func latencies(_ hop: Hop, _ crowd: String) -> [Double] {
        trials.filter { $0.crowd == crowd }.flatMap { $0.result.cost?.hops[hop] ?? [] }
    }

    private var hopTable: Table {
        var table = Table(header: ["hop", "all calm p50", "p95", "three misbehave p50", "p95", "ratio p50", "p95"])
        table.rows = Hop.allCases.map { hop in
            let values = ["calm", "unruly"].map { crowd in
                [0.5, 0.95].map { Statistics.quantile($0, of: latencies(hop, crowd)) }
            }
            let ratios = zip(values[0], values[1]).map { calm, unruly in
                calm.flatMap { calm in unruly.map { $0 / calm } }
            }
            return [hop.title] + values.joined().map(Table.milliseconds) + ratios.map(Table.ratio)
        }
        return table
    }

    /// Everything, trial by trial.
    var json: JSON {
        [
            "kubernetes": .string(release), "pods": .int(Int64(settings.pods)),
            "idle": .array(idle.map(\.json)), "trials": .array(trials.map(\.json)), "paced": paced?.json ?? .null,
        ]
    }
}

extension IdleTrial.Result {
    fileprivate var json: JSON {
        [
            "clusters": .int(Int64(clusters)), "residentBytes": .int(residentBytes),
            "threads": .int(Int64(threads)), "cpuSeconds": .double(cpuSeconds),
            "seconds": .double(seconds), "calls": .double(calls), "readySeconds": .double(readySeconds),
            "leaseGaps": .array(gaps.map { .double($0) }),
        ]
    }
}

extension ScaleReport.CrowdTrial {
    fileprivate var json: JSON {
        let hops = (result.cost?.hops ?? [:]).map { hop, values in
            (hop.rawValue, JSON.array(values.map { .double($0) }))
        }
        return [
            "crowd": .string(crowd), "round": .int(Int64(result.round)),
            "createSeconds": .double(result.createSeconds), "removeSeconds": .double(result.removeSeconds),
            "hops": .object(JSONObject(hops.sorted { $0.0 < $1.0 })),
        ]
    }
}
