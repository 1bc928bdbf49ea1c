package import KubeModel

/// What one look at a cluster found.
package struct Finding: Sendable, Hashable {
    /// How bad it is.
    package enum Result: String, Sendable, Hashable {
        case ok
        /// It works, and a person should know.
        case warning
        /// Missing, and martlet does without.
        case optional
        /// Missing or wrong, and martlet can't do without.
        case failed
    }

    /// What was looked at.
    package let check: String
    package let result: Result
    /// What was found, or what it is for.
    package let detail: String
    /// What to do about it; empty where there is nothing to do.
    package let remedy: String

    package init(_ check: String, _ result: Result, _ detail: String, remedy: String = "") {
        self.check = check
        self.result = result
        self.detail = detail
        self.remedy = remedy
    }

    package var json: JSON {
        [
            "check": .string(check), "result": .string(result.rawValue), "detail": .string(detail),
            "remedy": .string(remedy),
        ]
    }
}

/// What was found in one cluster.
package struct ClusterReport: Sendable, Hashable {
    package let cluster: String
    /// The URL of its API server; empty where not even that is known.
    package let server: String
    package let findings: [Finding]

    package init(cluster: String, server: String, findings: [Finding]) {
        self.cluster = cluster
        self.server = server
        self.findings = findings
    }

    /// Whether martlet can work with it.
    package var isGood: Bool { !findings.contains { $0.result == .failed } }

    package var json: JSON {
        [
            "cluster": .string(cluster), "server": .string(server), "good": .bool(isGood),
            "checks": .array(findings.map(\.json)),
        ]
    }
}

extension [ClusterReport] {
    /// All reports for programs.
    package var json: JSON {
        ["good": .bool(allSatisfy(\.isGood)), "clusters": .array(map(\.json))]
    }

    /// All reports for people.
    package var table: String {
        let rows = flatMap { report in
            report.findings.map { finding in
                let words = [finding.detail, finding.remedy].filter { !$0.isEmpty }.joined(separator: ": ")
                return [report.cluster, finding.check, finding.result.rawValue, words]
            }
        }
        var table = AlignedRows(header: ["CLUSTER", "CHECK", "RESULT", "WHAT TO DO"])
        return table.lines(rows, isFirst: true).joined(separator: "\n")
    }
}
