internal import KubeModel
internal import VirtualNode

/// How a cluster is, in a word.
package enum ClusterState: String, Sendable, CaseIterable {
    /// It answers, and its pods are in sync.
    case healthy
    /// It can be used, and something is wrong with it.
    case degraded
    /// Nothing is known of it yet: it is being listed for the first time since martlet has started.
    case starting
    /// It answers again, and is being brought up to date before it is used.
    case returning
    /// It does not answer, or does not let us in.
    case lost
    /// Lost, and its pods stay where they are (`onLost: hold`).
    case held
    /// Taken out of the fleet; what runs in it runs on (`martlet leave --detach`).
    case detached
    /// It answers, and can't be used all the same.
    case failed
    /// martlet has fallen silent: what the node says is of before.
    case unknown
    /// Its node is not there any more.
    case gone
}

/// How a cluster is by the conditions of its virtual node, and why. Pure.
struct ClusterVerdict: Sendable, Equatable {
    let state: ClusterState
    /// A CamelCase reason and a sentence, as the node's condition has them.
    let reason: String
    let message: String

    /// - Parameter silentSince: when the node's lease was renewed last (RFC 3339), if it has run out since; nil while it
    ///   holds, or where it is not known.
    init(conditions: [NodeCondition], silentSince: String?) {
        func condition(_ type: String) -> NodeCondition? { conditions.first { $0.type == type } }
        let ready = condition("Ready")
        if let silentSince {
            self.init(.unknown, "LeaseExpired", Self.silent(since: silentSince, before: ready))
        } else if ready == nil || ready?.status == "Unknown" {
            self.init(.unknown, ready?.reason ?? "NoStatus", ready?.message ?? "The node says nothing of itself.")
        } else if let lost = condition(NodeKeys.clusterLost), lost.status == "True" {
            self.init(lost.reason == StatedCondition.detachedReason ? .detached : .held, lost.reason, lost.message)
        } else if let ready, ready.status == "True" {
            let held = condition(NodeKeys.deletionHeld).flatMap { $0.status == "True" ? $0 : nil }
            let told = held ?? ready
            let isHealthy = held == nil && ready.reason == "KubeletReady"
            self.init(isHealthy ? .healthy : .degraded, told.reason, told.message)
        } else {
            self.init(Self.state(ofReason: ready?.reason ?? ""), ready?.reason ?? "", ready?.message ?? "")
        }
    }

    private init(_ state: ClusterState, _ reason: String, _ message: String) {
        self.state = state
        self.reason = reason
        self.message = message
    }

    private static func silent(since time: String, before ready: NodeCondition?) -> String {
        let before = ready.map { " Its last word was \($0.reason): \($0.message)" } ?? ""
        return
            "martlet has not renewed the node's lease since \(time): it does not run, or can't reach the origin.\(before)"
    }

    /// The reasons of a node that is not Ready (docs/architecture.md, Health).
    private static func state(ofReason reason: String) -> ClusterState {
        switch reason {
        case "Starting", "RemoteConnecting", "Synchronizing", "CapacityUnknown": .starting
        case "RemoteReturning", "Settling": .returning
        case "RemoteUnreachable", "RemoteUnhealthy", "RemoteUnauthorized": .lost
        case StatedCondition.detachedReason: .detached
        default: .failed
        }
    }
}
