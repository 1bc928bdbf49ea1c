package import KubeModel

/// What the configuration of one cluster makes of the pods that run there: what their delegates get beside what the
/// pods have, and what is refused. The default changes nothing and refuses all that reaches into a host.
package struct TranslationSettings: Sendable, Equatable {
    /// What becomes of a pod's scheduling constraints.
    package enum Scheduling: String, Sendable, CaseIterable {
        /// They have chosen the cluster and stay in the origin.
        case drop
        /// Node selector, affinity and topology spread choose among the cluster's nodes too.
        case keep
    }

    /// The namespaces of delegates.
    package var namespace = NamespaceTemplate.same
    package var scheduling = Scheduling.drop
    /// Labels that a node must have to take a delegate.
    package var nodeSelector: [String: String] = [:]
    /// Tolerations (core/v1) that delegates have beside their pods'.
    package var tolerations: [JSON] = []
    /// The runtime class of all delegates; nil leaves the pod's.
    package var runtimeClassName: String?
    /// The priority class in the cluster by the one in the origin. A class that is not here does not travel.
    package var priorityClasses: [String: String] = [:]
    package var imageRewrites = ImageRewrites()
    /// Labels that delegates get; they win over the pod's.
    package var labels: [String: String] = [:]
    /// Annotations that delegates get; they win over the pod's.
    package var annotations: [String: String] = [:]
    /// Applied in order, after all of the above.
    package var patches: [PodPatch] = []
    package var policies = PodPolicies()
    /// For how long a delegate of a pod that has a controller may be without a node before the pod is Failed; nil is for
    /// ever.
    package var failUnscheduledAfter: Duration?

    package init() {}
}

/// A change to the delegates of some pods.
package struct PodPatch: Sendable, Equatable {
    /// Selects pods by their own labels.
    package var selector: LabelSelector
    /// Paths are those of the delegate. A patch whose `test` fails does not apply.
    package var operations: [JSONPatch.Operation]

    package init(selector: LabelSelector = .everything, operations: [JSONPatch.Operation]) {
        self.selector = selector
        self.operations = operations
    }
}
