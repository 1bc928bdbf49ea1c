package import KubeModel

/// A delegate as the cache of a remote keeps it: our marks and its status, and nothing else of the object.
package final class Delegate: KubeObject {
    package static let kind: String? = "Pod"

    package let metadata: ObjectMeta
    let instance: PodInstance
    /// The virtual node that its pod is bound to.
    let virtualNode: String
    /// Whether it stands where it was made; somebody's copy of a delegate (a backup, `kubectl debug --copy-to`) does not.
    let isAtItsPlace: Bool
    /// The node that runs it; nil as long as it waits for one.
    let nodeName: String?
    /// The name of the Secret that holds its tokens of the origin, if it has any.
    let tokenSecret: String?
    /// What it asks of its node, and its place among the node's pods.
    let requests: ResourceList
    /// What it refers to, by the names of the remote.
    let references: [PodReference]

    package init(json: JSON) throws {
        let full = ObjectMeta(json)
        guard let podUID = full.labels[DelegateIdentity.podUIDLabel] else {
            throw ObjectError("pod \(full.key) carries no label \(DelegateIdentity.podUIDLabel)")
        }
        metadata = ObjectMeta(essentialsOf: full)
        virtualNode = full.labels[DelegateIdentity.nodeLabel] ?? ""
        nodeName = json.at("spec", "nodeName")?.string
        requests = PodRequests.withPlace(spec: json["spec"] ?? [:])
        references = PodReference.all(in: json["spec"] ?? [:])
        let carried = Self.carried(full.annotations[DelegateIdentity.carriedAnnotation])
        tokenSecret = full.annotations[DelegateIdentity.tokensAnnotation].flatMap { TokenSecret.isName($0) ? $0 : nil }
        let place =
            full.annotations[DelegateIdentity.placeAnnotation] ?? full.annotations[DelegateIdentity.podAnnotation]
        isAtItsPlace = place.map { $0 == full.key.description } ?? true
        instance = PodInstance(
            podUID: podUID,
            podKey: full.annotations[DelegateIdentity.podAnnotation].flatMap { ObjectKey($0) } ?? full.key,
            instanceUID: full.uid,
            instanceKey: full.key,
            nodeName: json.at("spec", "nodeName")?.string,
            phase: PodPhase(json.at("status", "phase")?.string ?? PodPhase.pending.rawValue),
            isTerminating: full.deletionTimestamp != nil,
            deletionGracePeriodSeconds: full.deletionGracePeriodSeconds,
            fingerprint: PodFingerprint(text: full.annotations[DelegateIdentity.fingerprintAnnotation] ?? ""),
            carried: carried,
            ownAnnotations: Self.others(full.annotations, than: carried.annotations),
            restartBase: Self.restartBase(full.annotations[DelegateIdentity.restartBaseAnnotation]),
            isObserved: Self.isObserved(full.generation, json.at("status", "observedGeneration")?.int),
            status: json["status"] ?? [:]
        )
    }

    /// Kubernetes before 1.33 counts no generations of pods: their kubelets say nothing, and are believed.
    private static func isObserved(_ generation: Int64?, _ observed: Int64?) -> Bool {
        guard let generation, let observed else { return true }
        return observed >= generation
    }

    private static func others(_ annotations: [String: String], than carried: [String]) -> [String: String] {
        let carried = Set(carried)
        return annotations.filter { !carried.contains($0.key) && !$0.key.hasPrefix("martlet.dev/") }
    }

    /// An unreadable annotation counts as none: the next update writes it anew.
    private static func parsed(_ annotation: String?) -> JSON? {
        guard let annotation else { return nil }
        return try? JSON.parse(annotation)
    }

    private static func carried(_ annotation: String?) -> CarriedKeys {
        let json = parsed(annotation)
        return CarriedKeys(
            labels: json?["labels"]?.array?.compactMap(\.string) ?? [],
            annotations: json?["annotations"]?.array?.compactMap(\.string) ?? []
        )
    }

    /// Whoever may write annotations in the remote can write here: counts that no pod can have are none.
    private static func restartBase(_ annotation: String?) -> [String: Int64] {
        guard let members = parsed(annotation)?.object else { return [:] }
        var result: [String: Int64] = [:]
        for (name, value) in members {
            if let count = value.int, ContainerStatuses.restartCounts.contains(count) { result[name] = count }
        }
        return result
    }
}
