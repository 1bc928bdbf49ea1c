package import KubeModel

/// A delegate as the cache of a remote keeps it: our marks and its status, and nothing else of the object.
package struct Delegate: KubeObject {
    package static let kind: String? = "Pod"

    package let metadata: ObjectMeta
    let instance: PodInstance

    package init(json: JSON) throws {
        let full = ObjectMeta(json)
        guard let podUID = full.labels[DelegateIdentity.podUIDLabel] else {
            throw ObjectError("pod \(full.key) carries no label \(DelegateIdentity.podUIDLabel)")
        }
        metadata = ObjectMeta(Self.essentials(of: json))
        instance = PodInstance(
            podUID: podUID,
            podKey: full.annotations[DelegateIdentity.podAnnotation].flatMap { ObjectKey($0) } ?? full.key,
            instanceUID: full.uid,
            instanceKey: full.key,
            phase: PodPhase(json.at("status", "phase")?.string ?? PodPhase.pending.rawValue),
            isTerminating: full.deletionTimestamp != nil,
            deletionGracePeriodSeconds: full.deletionGracePeriodSeconds,
            fingerprint: PodFingerprint(text: full.annotations[DelegateIdentity.fingerprintAnnotation] ?? ""),
            carried: Self.carried(full.annotations[DelegateIdentity.carriedAnnotation]),
            restartBase: Self.restartBase(full.annotations[DelegateIdentity.restartBaseAnnotation]),
            status: json["status"] ?? [:]
        )
    }

    /// The metadata that identifies the object; labels and annotations are read already and not kept twice.
    private static func essentials(of json: JSON) -> JSON {
        var kept: JSON = [:]
        for field in ["name", "namespace", "uid", "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds"]
        {
            if let value = json.at("metadata", field) { kept[field] = value }
        }
        return ["metadata": kept]
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

    private static func restartBase(_ annotation: String?) -> [String: Int64] {
        guard let members = parsed(annotation)?.object else { return [:] }
        var result: [String: Int64] = [:]
        for (name, value) in members { result[name] = value.int }
        return result
    }
}
