import KubeClient
import KubeModel

/// Where a ConfigMap or a Secret stands in its cluster.
struct DependentKey: Hashable, Sendable {
    let kind: PodReference.Kind
    let place: ObjectKey

    init(_ kind: PodReference.Kind, _ place: ObjectKey) {
        self.kind = kind
        self.place = place
    }

    var namespace: String { place.namespace }
    var name: String { place.name }
}

extension DependentKey: CustomStringConvertible {
    /// For people: `ConfigMap "shop/settings"`.
    var description: String { "\(kind.rawValue) \"\(place)\"" }
}

extension PodReference.Kind {
    var resource: Resource {
        switch self {
        case .configMap: .configMaps
        case .secret: .secrets
        }
    }
}

/// That a pod, or a delegate, refers to an object.
struct DependentUse: Hashable, Sendable {
    /// Where the delegate looks for it, in the remote.
    let copy: DependentKey
    /// Where the pod's owner keeps it, in the origin; nil for a delegate, which does not know.
    let source: DependentKey?
    /// Whether the pod may start without it.
    let isOptional: Bool
    /// Whether the delegate goes without it where it holds a token: only volumes of such Secrets are left out.
    var isLeftOutAsToken = false
    /// Whether an ephemeral container refers to it.
    var isOfEphemeral = false
}
