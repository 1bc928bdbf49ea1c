package import KubeModel
internal import VirtualNode

/// What the origin knows of one cluster: its virtual node, the node's lease, and the pods on it. Pure.
package struct ClusterRow: Sendable, Equatable {
    package let name: String
    package private(set) var state: ClusterState
    /// Whether somebody keeps new pods off it (`kubectl cordon`).
    package private(set) var isCordoned: Bool
    /// Of the node's Ready condition, or of what speaks louder.
    package private(set) var reason: String
    package private(set) var message: String
    /// As the node's annotations have them; nil where nobody has found it out.
    package let roundTrip: String?
    package let slots: [(shape: String, pods: Int64)]?
    package let largestSlot: ResourceList?
    package let version: String
    package let region: String
    package let zone: String
    package let allocatable: ResourceList
    /// Nil where pods can't be listed.
    package let load: NodeLoad?
    /// RFC 3339.
    package let created: String?

    /// - Parameters:
    ///   - lease: the node's; nil where there is none, or it can't be read.
    ///   - load: what the node's pods ask for; nil where that is not known.
    ///   - now: since 1970, by the clock of the origin.
    package init(node: Node, lease: Lease?, load: NodeLoad?, now: Duration) {
        let verdict = ClusterVerdict(
            conditions: node.conditions,
            silentSince: lease.flatMap { Self.silentSince($0, now) }
        )
        let annotations = node.metadata.annotations
        name = node.name
        state = verdict.state
        reason = verdict.reason
        message = verdict.message
        isCordoned = node.unschedulable
        roundTrip = annotations[NodeKeys.roundTrip]
        slots = annotations[NodeKeys.slots].map(Self.slots)
        largestSlot = annotations[NodeKeys.largestSlot].map(Self.amounts)
        version = node.kubeletVersion
        region = node.labels[NodeKeys.region] ?? ""
        zone = node.labels[NodeKeys.zone] ?? ""
        allocatable = node.allocatable
        self.load = load
        created = node.metadata.creationTimestamp
    }

    /// The same for a node that is not there any more.
    package var departed: ClusterRow {
        var row = self
        (row.state, row.isCordoned) = (.gone, false)
        (row.reason, row.message) = ("NodeDeleted", "The node was deleted.")
        return row
    }

    /// Whether it has something to say that a person should know.
    package var hasNews: Bool { state != .healthy }

    package static func == (left: ClusterRow, right: ClusterRow) -> Bool { left.json == right.json }

    /// The times are those of martlet's clock: some seconds of difference are no silence.
    private static let skew = Duration.seconds(5)

    /// When a lease that has run out was renewed last; nil while it holds.
    private static func silentSince(_ lease: Lease, _ now: Duration) -> String? {
        guard let renewed = lease.renewTime, let length = lease.leaseDurationSeconds else { return nil }
        return now - .seconds(renewed) - .seconds(length) > skew ? Timestamp.format(renewed) : nil
    }

    /// "100m/128Mi=480,500m/512Mi=96".
    private static func slots(_ text: String) -> [(shape: String, pods: Int64)] {
        pairs(text).compactMap { shape, count in Int64(count).map { (shape, $0) } }
    }

    /// "cpu=1500m,memory=3Gi,pods=98". What is no amount, somebody else has written.
    private static func amounts(_ text: String) -> ResourceList {
        ResourceList(json: .object(JSONObject(pairs(text).map { ($0, .string($1)) })))
    }

    private static func pairs(_ text: String) -> [(String, String)] {
        text.split(separator: ",").compactMap { pair in
            let halves = pair.split(separator: "=", maxSplits: 1).map(String.init)
            return halves.count == 2 ? (halves[0], halves[1]) : nil
        }
    }
}
