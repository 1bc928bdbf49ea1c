/// A pod as the code reads it: what every decision looks at, and the object's bytes for the rest.
///
/// Thousands of these stay in memory, so the tree is not kept: ``json()`` builds it again for the few moments in a
/// pod's life that need all of it (translation, a status change). A class, because it is handed on far more often than made:
/// copies of a structure count a reference for each of its fields.
package final class Pod: KubeObject {
    package static let kind: String? = "Pod"

    package let metadata: ObjectMeta
    package let phase: PodPhase
    package let nodeName: String?
    package let restartPolicy: RestartPolicy
    /// Whether any container of the pod has ever run, as far as its status tells.
    package let hasRun: Bool
    /// Whether a container of the pod (init containers aside) has ended with success, as far as its status tells.
    package let hasFinishedContainer: Bool
    /// Whether a kubelet ever took the pod on.
    package let wasTaken: Bool
    /// The kind of the controller that owns the pod ("ReplicaSet", "DaemonSet", …).
    package let controllerKind: String?
    /// The ``PodFingerprint`` of the pod.
    package let fingerprint: PodFingerprint
    private let bytes: [UInt8]

    package init(json: JSON) throws {
        metadata = ObjectMeta(json)
        let status = json["status"]
        phase = PodPhase(status?["phase"]?.string ?? PodPhase.pending.rawValue)
        nodeName = json.at("spec", "nodeName")?.string
        restartPolicy = RestartPolicy(rawValue: json.at("spec", "restartPolicy")?.string ?? "") ?? .always
        hasRun = ContainerStatuses.anyHasRun(in: status)
        hasFinishedContainer = ContainerStatuses.anyHasFinished(in: status)
        wasTaken = status?["startTime"]?.string != nil
        controllerKind = metadata.controller?.kind
        fingerprint = PodFingerprint(of: json)
        bytes = json.serialized()
    }

    /// The whole object, unknown fields included.
    ///
    /// - Throws: ``JSONError`` only if memory was damaged: the bytes are our own writer's.
    package func json() throws -> JSON { try JSON.parse(bytes) }

    package var uid: UID { metadata.uid }
    package var isTerminating: Bool { metadata.deletionTimestamp != nil }
    package var isTerminal: Bool { phase.isTerminal }
}

/// Questions about the container statuses of a pod's status.
package enum ContainerStatuses {
    /// The status fields that hold container statuses.
    package static let fields = ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"]

    /// Whether any container runs, has run or was restarted.
    package static func anyHasRun(in status: JSON?) -> Bool {
        guard let status else { return false }
        return fields.contains { field in
            (status[field]?.array ?? []).contains(where: hasRun)
        }
    }

    /// Whether any container, init containers aside, has ended with exit code 0.
    package static func anyHasFinished(in status: JSON?) -> Bool {
        (status?["containerStatuses"]?.array ?? []).contains { hasFinished($0) }
    }

    /// Whether this container has ended with exit code 0.
    package static func hasFinished(_ containerStatus: JSON) -> Bool {
        containerStatus.at("state", "terminated", "exitCode") == 0
    }

    /// Whether this container runs, has run or was restarted.
    package static func hasRun(_ containerStatus: JSON) -> Bool {
        (containerStatus["restartCount"]?.int ?? 0) > 0
            || containerStatus.at("state", "running") != nil
            || containerStatus.at("state", "terminated") != nil
            || containerStatus.at("lastState", "terminated") != nil
    }

    /// The counts that `restartCount` can say, an int32 in the API.
    package static let restartCounts: ClosedRange<Int64> = 0...Int64(Int32.max)

    /// A container's restarts after those of earlier delegates, within ``restartCounts``.
    package static func restartCount(_ count: Int64, after earlier: Int64) -> Int64 {
        let (sum, overflow) = count.addingReportingOverflow(earlier)
        return overflow ? restartCounts.upperBound : min(max(sum, 0), restartCounts.upperBound)
    }

    /// Container statuses, or containers, by their names.
    package static func byName(_ list: JSON?) -> [String: JSON] {
        let pairs = (list?.array ?? []).compactMap { element in element["name"]?.string.map { ($0, element) } }
        return Dictionary(pairs) { first, _ in first }
    }

    /// The restart counts that the next delegate of a pod with this status starts from, by container: a container that
    /// ran and is made anew has been restarted once more.
    package static func restartBase(of status: JSON?) -> [String: Int64] {
        var base: [String: Int64] = [:]
        for field in fields {
            for container in status?[field]?.array ?? [] where hasRun(container) {
                guard let name = container["name"]?.string else { continue }
                let isWaiting = container.at("state", "waiting") != nil
                base[name] = restartCount(container["restartCount"]?.int ?? 0, after: isWaiting ? 0 : 1)
            }
        }
        return base
    }
}
