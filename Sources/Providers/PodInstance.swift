package import KubeModel

/// What runs for a pod, as its provider sees it: the delegate in a remote cluster. A class for the same reason as ``Pod``.
package final class PodInstance: Sendable {
    /// The UID of the pod that it runs for.
    package let podUID: UID
    /// The namespace and name of that pod, in the origin.
    package let podKey: ObjectKey
    /// The identity of the instance itself; a later instance for the same pod has another.
    package let instanceUID: UID
    /// Where the provider keeps it: the delegate's namespace and name.
    package let instanceKey: ObjectKey
    /// The node of its cluster that it was placed on; nil while it has none, or is no process of a node.
    package let nodeName: String?
    package let phase: PodPhase
    /// Whether its end was asked for already.
    package let isTerminating: Bool
    /// Whether its cluster gave it up because its node is gone.
    package let isGivenUp: Bool
    /// The grace it was given to end, in seconds, once its end was asked for.
    package let deletionGracePeriodSeconds: Int64?
    /// Which state of the pod's changeable parts it carries (``PodFingerprint``).
    package let fingerprint: PodFingerprint
    /// The names of the labels and annotations that were brought from the pod.
    package let carried: CarriedKeys
    /// Annotations that it did not get from the pod.
    package let ownAnnotations: [String: String]
    /// The restart counts of earlier instances, by container name, to be added to this one's.
    package let restartBase: [String: Int64]
    /// Whether any of its containers has ever run.
    package let hasRun: Bool
    /// Whether a container of it (init containers aside) has ended with success.
    package let hasFinishedContainer: Bool
    /// Whether what reports its status has seen its newest spec, as far as it says.
    package let isObserved: Bool
    /// Whether this is its last state for sure, once it has departed: it was followed to its end.
    package let isFollowedToEnd: Bool
    private let statusBytes: [UInt8]

    package init(
        podUID: UID,
        podKey: ObjectKey,
        instanceUID: UID,
        instanceKey: ObjectKey,
        nodeName: String? = nil,
        phase: PodPhase,
        isTerminating: Bool,
        deletionGracePeriodSeconds: Int64?,
        fingerprint: PodFingerprint,
        carried: CarriedKeys = CarriedKeys(),
        ownAnnotations: [String: String] = [:],
        restartBase: [String: Int64] = [:],
        isObserved: Bool = true,
        status: JSON
    ) {
        self.podUID = podUID
        self.podKey = podKey
        self.instanceUID = instanceUID
        self.instanceKey = instanceKey
        self.nodeName = nodeName
        self.phase = phase
        self.isTerminating = isTerminating
        self.deletionGracePeriodSeconds = deletionGracePeriodSeconds
        self.fingerprint = fingerprint
        self.carried = carried
        self.ownAnnotations = ownAnnotations
        self.restartBase = restartBase
        self.isObserved = isObserved
        isGivenUp = Self.isGivenUp(status)
        hasRun = ContainerStatuses.anyHasRun(in: status)
        hasFinishedContainer = ContainerStatuses.anyHasFinished(in: status)
        statusBytes = status.serialized()
        isFollowedToEnd = true
    }

    private init(_ other: PodInstance, isFollowedToEnd: Bool) {
        podUID = other.podUID
        podKey = other.podKey
        instanceUID = other.instanceUID
        instanceKey = other.instanceKey
        nodeName = other.nodeName
        phase = other.phase
        isTerminating = other.isTerminating
        deletionGracePeriodSeconds = other.deletionGracePeriodSeconds
        fingerprint = other.fingerprint
        carried = other.carried
        ownAnnotations = other.ownAnnotations
        restartBase = other.restartBase
        isObserved = other.isObserved
        isGivenUp = other.isGivenUp
        hasRun = other.hasRun
        hasFinishedContainer = other.hasFinishedContainer
        statusBytes = other.statusBytes
        self.isFollowedToEnd = isFollowedToEnd
    }

    /// The same in its last state, which is known for sure, or may have changed unseen.
    package func departed(isFollowedToEnd: Bool) -> PodInstance {
        isFollowedToEnd == self.isFollowedToEnd ? self : PodInstance(self, isFollowedToEnd: isFollowedToEnd)
    }

    /// The instance's own pod status (core/v1 PodStatus), as its cluster reports it.
    package func status() throws -> JSON { try JSON.parse(statusBytes) }

    package var isTerminal: Bool { phase.isTerminal }

    /// The garbage collector of pods makes those Failed whose node was removed, in the moment before it deletes them, and
    /// says so by a condition (kubernetes pkg/controller/podgc, since 1.26).
    private static func isGivenUp(_ status: JSON) -> Bool {
        (status["conditions"]?.array ?? []).contains { condition in
            condition["type"]?.string == "DisruptionTarget" && condition["status"]?.string == "True"
                && condition["reason"]?.string == "DeletionByPodGC"
        }
    }
}

/// The names of the labels and annotations that an instance has from its pod, so that one that the pod loses can be
/// told from one that others gave to the instance.
package struct CarriedKeys: Sendable, Hashable {
    package var labels: [String]
    package var annotations: [String]

    package init(labels: [String] = [], annotations: [String] = []) {
        self.labels = labels
        self.annotations = annotations
    }
}
