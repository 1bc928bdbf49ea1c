import Testbed

/// The options of `up`.
struct UpOptions {
    private var remotes: [String] = []
    private var nodes = ClusterPlan.Nodes.none
    private var way: RelayConditions?
    private var store = ClusterPlan.Store.own
    private var stateDirectory: String?
    private var keepsFiles = false

    /// - Throws: `UsageError` for an option that is unknown, lacks its value, or has one that makes no sense.
    init(_ arguments: ArraySlice<String>) throws(UsageError) {
        var rest = arguments
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            try read(parts.first ?? "", inline: parts.count > 1 ? parts[1] : nil, &rest)
        }
    }

    /// The testbed that the options describe.
    var plan: TestbedPlan {
        TestbedPlan(
            remotes: remotes.map { ClusterPlan(name: $0, nodes: nodes, store: store, way: way) },
            stateDirectory: stateDirectory,
            keepsFiles: keepsFiles
        )
    }

    private mutating func read(
        _ name: String,
        inline: String?,
        _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        switch name {
        case "--relay": way = way ?? RelayConditions()
        case "--shared-etcd": store = .ofOrigin
        case "--keep": keepsFiles = true
        case "--remotes", "--nodes", "--round-trip", "--state":
            guard let value = inline ?? rest.popFirst() else { throw UsageError("\(name) needs a value") }
            try read(name, value)
            return
        default:
            throw UsageError("there is no option '\(name)'")
        }
        if inline != nil { throw UsageError("\(name) takes no value") }
    }

    private mutating func read(_ name: String, _ value: String) throws(UsageError) {
        switch name {
        case "--remotes": remotes = value.split(separator: ",").map(String.init)
        case "--nodes": nodes = try Self.nodes(value)
        case "--round-trip": way = RelayConditions(roundTrip: try Self.milliseconds(value))
        default: stateDirectory = value
        }
    }

    private static func nodes(_ text: String) throws(UsageError) -> ClusterPlan.Nodes {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let count = parts.count == 2 ? Int(parts[1]) : parts.count == 1 ? 1 : nil
        guard let count, count > 0 else { throw UsageError("'\(text)' is not a kind of nodes with a count") }
        switch parts[0] {
        case "none": return .none
        case "simulated": return .simulated(count: count)
        case "real": return .real(count: count)
        default: throw UsageError("'\(parts[0])' is neither none, simulated nor real")
        }
    }

    private static func milliseconds(_ text: String) throws(UsageError) -> Duration {
        let number = text.hasSuffix("ms") ? text.dropLast(2) : text[...]
        guard let milliseconds = Double(number), milliseconds >= 0, milliseconds <= 60_000 else {
            throw UsageError("'\(text)' is not a number of milliseconds")
        }
        return .microseconds(Int64(milliseconds * 1000))
    }
}
