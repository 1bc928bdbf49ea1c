internal import KubeModel
internal import VirtualNode

/// Why a virtual node is as it is, in a sentence, and what to do. Pure.
struct NodeVerdict: Sendable, Equatable {
    /// Without the node's name: "is lost: RemoteUnreachable: …"
    let summary: String
    let advice: String

    init(_ facts: NodeFacts) {
        let row = facts.row
        let state = "is \(row.state.rawValue)\(row.isCordoned ? " and cordoned" : "")"
        summary = row.hasNews ? "\(state): \(PodVerdict.said(row.reason, row.message))" : "\(state)."
        let (own, obstacles) = (Self.advice(row), facts.obstacles)
        let nothing =
            obstacles.isEmpty
            ? "Nothing." : "Nothing, unless pods should go there: \(obstacles.joined(separator: "; "))."
        advice = own.isEmpty ? nothing : own
    }

    /// Empty for a cluster with which nothing is wrong.
    private static func advice(_ row: ClusterRow) -> String {
        let name = row.name
        switch row.state {
        case .healthy, .gone: return ""
        case .starting, .returning: return "Wait: it takes pods when it has been looked through."
        case .unknown:
            return "See martlet itself, its log, and its way to the origin: nobody else knows how \(name) is."
        case .detached:
            return "martlet join \(name) brings it back."
        case .held, .lost, .failed, .degraded: return ofReason(row.reason, name)
        }
    }

    /// By the reasons of docs/architecture.md, Health.
    private static func ofReason(_ reason: String, _ name: String) -> String {
        switch reason {
        case "RemoteUnauthorized":
            return "Renew its credentials, where they come from: its kubeconfig, or martlet join \(name) once more."
        case "RemoteForbidden", "CapacityAssumed", "OtherPodsUnseen":
            return "martlet check \(name) names each right that is missing, and how to give it."
        case "RemoteChanged":
            return "If that cluster is meant, write its UID on the node: kubectl annotate --overwrite node \(name) "
                + "\(NodeKeys.remoteID)=UID. If not, mend its address."
        case "RemoteBusy", "RemoteSlow", "WatchFailing":
            return "It is used all the same. See the load of its API server, and the way to it."
        case "RemoteUnreachable", "RemoteUnhealthy", "ClusterLost":
            return "See its API server, and the way there from where martlet runs: martlet check \(name)."
        default: return "martlet check \(name) looks at it from end to end."
        }
    }
}
