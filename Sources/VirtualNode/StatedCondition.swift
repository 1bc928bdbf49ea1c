internal import KubeModel
internal import PodSync
package import Providers

/// One condition of a Node that is ours to state. The times are added when it is written.
package struct StatedCondition: Sendable, Equatable {
    package let type: String
    package let status: String
    package let reason: String
    package let message: String
    /// It tells only that nothing is known yet, which is no news of a cluster that was ready before a restart.
    package let isProvisional: Bool

    package init(type: String, status: Bool, reason: String, message: String, isProvisional: Bool = false) {
        self.type = type
        self.status = status ? "True" : "False"
        self.reason = reason
        self.message = message
        self.isProvisional = isProvisional
    }

    package static let readyType = "Ready"
    private static let settlingReason = "Settling"
    /// The reason of a cluster that was detached.
    package static let detachedReason = "ClusterDetached"

    var isTrue: Bool { status == "True" }

    /// Ready is True only while the cluster answers and its pods are in sync. Otherwise the reason says what is
    /// wrong: our own statement, not the silence of a dead kubelet.
    package static func ready(report: NodeReport?, sync: PodSyncState) -> StatedCondition {
        if case .failed(let failure) = sync {
            return notReady(failure.reason, failure.message)
        }
        if sync == .detached { return detached }
        guard let report else {
            return notReady("Starting", "waiting for the first answer of the remote cluster", isProvisional: true)
        }
        var (reason, message) = ("KubeletReady", "the remote cluster answers and its pods are in sync")
        switch report.health {
        case .ready: break
        case .degraded(let what, let words): (reason, message) = (what, words)
        case .unknown(let reason, let message): return notReady(reason, message, isProvisional: true)
        case .notReady(let reason, let message): return notReady(reason, message)
        }
        guard sync != .settling else {
            return notReady(
                settlingReason,
                "the remote cluster answers; what was deleted meanwhile ends there first, or has a minute for it"
            )
        }
        guard sync == .synced else {
            return notReady(
                "Synchronizing",
                "the remote cluster answers; its pods are being listed",
                isProvisional: true
            )
        }
        return StatedCondition(type: readyType, status: true, reason: reason, message: message)
    }

    static let detached = notReady(
        detachedReason,
        "the cluster is detached: nothing is known of it, and nothing ends there, until it is joined again"
    )

    /// Whether it tells only of a cluster that is being looked at for the first time, or again.
    var isPassing: Bool { isProvisional || reason == Self.settlingReason }

    /// The conditions that a kubelet reports besides Ready, with the reasons that tools know from it, and
    /// NetworkUnavailable, which route controllers of clouds would otherwise set to True.
    package static let unpressed: [StatedCondition] = [
        StatedCondition(
            type: "MemoryPressure",
            status: false,
            reason: "KubeletHasSufficientMemory",
            message: "the remote cluster's nodes manage their own memory"
        ),
        StatedCondition(
            type: "DiskPressure",
            status: false,
            reason: "KubeletHasNoDiskPressure",
            message: "the remote cluster's nodes manage their own disks"
        ),
        StatedCondition(
            type: "PIDPressure",
            status: false,
            reason: "KubeletHasSufficientPID",
            message: "the remote cluster's nodes manage their own processes"
        ),
        StatedCondition(
            type: "NetworkUnavailable",
            status: false,
            reason: "RemoteNetwork",
            message: "pods use the network of the remote cluster"
        ),
    ]

    /// What a node says whose cluster is lost, or detached, and whose pods are held.
    static func held(_ readiness: StatedCondition) -> [StatedCondition] {
        let isDetached = readiness.reason == detachedReason
        let why =
            isDetached
            ? "\(readiness.message). Its pods stay and no new ones come."
            : "\(readiness.message) Its pods stay and no new ones come, by its policy (onLost: hold)."
        return [
            StatedCondition(
                type: readyType,
                status: true,
                reason: isDetached ? detachedReason : "ClusterLost",
                message: why
            ),
            StatedCondition(
                type: NodeKeys.clusterLost,
                status: true,
                reason: readiness.reason,
                message: readiness.message
            ),
        ]
    }

    static func deletionHeld(_ notice: OrphanBrake.Notice, node: String) -> StatedCondition {
        StatedCondition(
            type: NodeKeys.deletionHeld,
            status: true,
            reason: "MassDeletion",
            message: "The origin does not know the pods of \(notice.orphans) of the \(notice.delegates) delegates that "
                + "run in the cluster, as an origin does that was restored from a backup. They are kept. To end them: kubectl "
                + "annotate --overwrite node \(node) \(NodeKeys.confirmDeletion)=\(notice.token)"
        )
    }

    static func nodesOverlap(_ message: String) -> StatedCondition {
        StatedCondition(type: NodeKeys.nodesOverlap, status: true, reason: "NodesOverlap", message: message)
    }

    private static func notReady(_ reason: String, _ message: String, isProvisional: Bool = false) -> StatedCondition {
        StatedCondition(type: readyType, status: false, reason: reason, message: message, isProvisional: isProvisional)
    }
}

extension StatedCondition {
    /// Whether `observed` says the same, whenever it was said.
    func says(sameAs observed: JSON) -> Bool {
        observed["status"]?.string == status && observed["reason"]?.string == reason
            && observed["message"]?.string == message
    }

    /// The condition as it is written at `now` (RFC 3339); the transition time moves only with the status.
    func json(observed: JSON?, now: String) -> JSON {
        let unchanged = observed?["status"]?.string == status
        let transition = (unchanged ? observed?["lastTransitionTime"]?.string : nil) ?? now
        return [
            "type": .string(type),
            "status": .string(status),
            "reason": .string(reason),
            "message": .string(message),
            "lastHeartbeatTime": .string(now),
            "lastTransitionTime": .string(transition),
        ]
    }
}
