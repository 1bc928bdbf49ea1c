internal import PodSync

/// How far the pods of one cluster have come, as far as the node's Ready condition is concerned.
package enum PodSyncState: Sendable, Equatable {
    /// Why the synchronisation of a cluster stands still until it is started again.
    package struct Failure: Sendable, Equatable {
        /// CamelCase word for the condition's reason.
        package let reason: String
        package let message: String

        package init(reason: String, message: String) {
            self.reason = reason
            self.message = message
        }
    }

    /// Not all pods and delegates are known yet.
    case starting
    /// The cluster is in sight again; pods that ended meanwhile have still to end there.
    case settling
    /// The origin was out of reach for so long that it may have given up the node: its pods have to be listed anew, and what
    /// ended meanwhile to end in the cluster.
    case originUnseen
    /// Every pod and delegate is known and is being reconciled.
    case synced
    /// Nobody looks at the cluster, as somebody asked (`martlet leave --detach`).
    case detached
    /// It ended with an error and will be started again.
    case failed(Failure)

    init(_ settlement: SettlementState) {
        switch settlement {
        case .clusterUnseen: self = .settling
        case .originUnseen: self = .originUnseen
        case .settled: self = .synced
        }
    }
}
