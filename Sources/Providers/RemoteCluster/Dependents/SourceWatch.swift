import KubeClient
import KubeModel
import Lifecycle
import Synchronization

/// One watch of the origin: of a single object, or of all of its kind in a namespace.
final class SourceWatch: Sendable {
    /// The objects of one kind in one namespace.
    struct Collection: Hashable {
        let kind: PodReference.Kind
        let namespace: String
    }

    let collection: Collection
    /// The only object that it follows; nil for all.
    let name: String?
    let store = ObjectStore<SourceHeader>()
    /// Ends it.
    let stop = ShutdownSignal()
    private let failure = Mutex<String?>(nil)

    init(_ collection: Collection, name: String?) {
        self.collection = collection
        self.name = name
    }

    var fieldSelector: String? {
        if let name { return "metadata.name=\(name)" }
        return leavesOut ? "type!=\(Self.typeLeftOut)" : nil
    }

    /// Helm keeps whole charts in Secrets, one for each release of each: hardly anything that a pod refers to.
    static let typeLeftOut = "helm.sh/release.v1"

    /// Whether objects may exist that it does not show.
    var leavesOut: Bool { name == nil && collection.kind == .secret }

    /// Whether a watch of all leaves the object out, by the name that Helm gives such Secrets: it has one of its own.
    static func isLeftOut(_ key: DependentKey) -> Bool {
        key.kind == .secret && key.name.hasPrefix("sh.helm.release.v1.")
    }

    /// Notes whether the origin lets us see the objects. Returns whether that is news.
    func note(_ state: ReflectorState) -> Bool {
        let words: String? =
            if case .failing(let error, _) = state, error.code == .forbidden { error.message } else { nil }
        return failure.withLock { failure in
            defer { failure = words }
            return failure != words
        }
    }

    func state(of key: ObjectKey) -> SourceState {
        if let header = store.get(key) { return .present(header) }
        if let words = failure.withLock({ $0 }) { return .forbidden(words) }
        return store.isSynced ? .missing : .unknown
    }
}
