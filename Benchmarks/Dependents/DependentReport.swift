import KubeModel

/// What was asked of the API servers for a Deployment whose pods refer to objects, up and down again.
struct DependentReport: Sendable {
    /// The calls to one cluster in one trial.
    struct Row: Sendable {
        let accounts: AccountMode
        let size: Int
        let cluster: String
        let perPod: APITraffic

        /// Calls about pods, for each of them.
        var podCalls: Double { perPod.byKind.filter { Self.isAboutPods($0.key) }.values.reduce(0, +) }

        /// All other calls but those that go on with time, by verb and resource.
        var otherCalls: [String: Int] {
            perPod.byKind.filter { !Self.isAboutPods($0.key) && !Self.isClockwork($0.key) }
                .mapValues { Int(($0 * Double(size)).rounded()) }
                .filter { $0.value > 0 }
        }

        private static func isAboutPods(_ kind: String) -> Bool { kind.hasSuffix(" pods") }

        private static func isClockwork(_ kind: String) -> Bool {
            ["leases", "nodes"].contains { kind.hasSuffix(" \($0)") }
        }
    }

    /// The Kubernetes release.
    let release: String
    var rows: [Row] = []

    /// The table for people.
    var text: String {
        var table = Table(header: ["serviceAccounts", "pods", "cluster", "pod calls per pod", "others in all", "which"])
        table.rows = rows.map { row in
            [
                row.accounts.rawValue, "\(row.size)", row.cluster, Table.number(row.podCalls, digits: 2),
                "\(row.otherCalls.values.reduce(0, +))",
                row.otherCalls.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "),
            ]
        }
        return table.text
    }

    var json: JSON {
        let rows = rows.map { row -> JSON in
            let others = row.otherCalls.map { ($0.key, JSON.int(Int64($0.value))) }.sorted { $0.0 < $1.0 }
            return [
                "serviceAccounts": .string(row.accounts.rawValue), "pods": .int(Int64(row.size)),
                "cluster": .string(row.cluster), "podCallsPerPod": .double(row.podCalls),
                "otherCalls": .object(JSONObject(others)),
            ]
        }
        return ["kubernetes": .string(release), "trials": .array(rows)]
    }
}
