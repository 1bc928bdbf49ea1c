import KubeClient
import KubeModel
import Lifecycle
import Synchronization

/// The copies of ConfigMaps and Secrets that a remote has of an origin, for all virtual nodes that stand for it. A kind
/// of which there are none is not watched before a pod refers to one.
final class RemoteCopies: Sendable {
    let configMaps = ObjectStore<CopyHeader>()
    let secrets = ObjectStore<CopyHeader>()
    private let needs = (configMaps: Latch(), secrets: Latch())
    private let cluster: String
    private let problems = Mutex<[PodReference.Kind: ProviderError]>([:])
    private let audience = Audience<PodReference.Kind>()

    init(cluster: String) {
        self.cluster = cluster
    }

    subscript(kind: PodReference.Kind) -> ObjectStore<CopyHeader> {
        switch kind {
        case .configMap: configMaps
        case .secret: secrets
        }
    }

    /// Opened when the first pod refers to an object of the kind.
    func need(of kind: PodReference.Kind) -> Latch {
        switch kind {
        case .configMap: needs.configMaps
        case .secret: needs.secrets
        }
    }

    /// Adds somebody who is told of which kind the copies may be known now, or not any more.
    func onTurn(_ listener: Listener<PodReference.Kind>) { audience.add(listener) }

    /// Why the copies of a kind are not known; nil where they are, or are about to be.
    func problem(_ kind: PodReference.Kind) -> ProviderError? {
        self[kind].isSynced ? nil : problems.withLock { $0[kind] }
    }

    /// What the reflectors of the copies say of themselves: a remote that does not let us see them can't be given any.
    func note(_ state: ReflectorState, of kind: PodReference.Kind) {
        let problem: ProviderError? =
            if case .failing(let error, _) = state, error.code == .forbidden {
                ProviderError(
                    .missing(kind: kind.rawValue, key: ObjectKey(namespace: "", name: "")),
                    reason: "\(kind.rawValue)CopiesForbidden",
                    message: "Cluster \(cluster) does not let martlet keep copies: \(error.message)"
                )
            } else {
                nil
            }
        problems.withLock { $0[kind] = problem }
        audience.tell(kind)
    }
}
