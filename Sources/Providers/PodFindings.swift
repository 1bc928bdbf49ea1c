package import KubeModel

/// What a provider knows of a pod in its cluster, for a person who wonders. Names, paths and the cluster's words: never a
/// value of the pod's spec or of what it refers to.
package struct PodFindings: Sendable {
    /// Where the instance is, or would be made.
    package var place: ObjectKey
    /// Why the cluster's configuration does not take the pod; nil if it does.
    package var refusal: ProviderError?
    /// What the pod refers to.
    package var needs: [PodNeed] = []
    /// What of the pod its instance has otherwise; nil where there is no instance to compare, or it can't be read.
    package var differences: [FieldDifference]?
    /// What the cluster says of the instance, the latest last.
    package var events: [InstanceEvent] = []
    /// Why the cluster could not be asked now, in its words; nil if it could.
    package var problem: String?

    package init(place: ObjectKey) {
        self.place = place
    }
}

/// Something that a pod refers to, and whether its instance can have it.
package struct PodNeed: Sendable, Hashable {
    package enum State: Sendable, Hashable {
        case ready
        /// It is on its way.
        case pending
        /// It is not brought along, and the instance does without.
        case leftOut
        /// The pod waits for it: a CamelCase reason and a sentence.
        case lacking(reason: String, message: String)
    }

    /// "ConfigMap", "Secret", "PersistentVolumeClaim".
    package let kind: String
    /// In the pod's own namespace.
    package let name: String
    package let isOptional: Bool
    package let state: State

    package init(kind: String, name: String, isOptional: Bool, state: State) {
        self.kind = kind
        self.name = name
        self.isOptional = isOptional
        self.state = state
    }
}
