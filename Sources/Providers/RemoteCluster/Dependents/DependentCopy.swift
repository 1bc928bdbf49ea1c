import KubeModel

/// Makes the copy of a ConfigMap or Secret. Pure.
///
/// A copy says whose it is by its labels and what it is a copy of by its annotations; all else is its source's.
enum DependentCopy {
    /// The field manager of all that we apply.
    static let fieldManager = "martlet"

    /// Marks copies among the objects of an origin.
    static let copyLabel = "martlet.dev/copy"
    /// Before the ``DelegateIdentity/owner`` of each virtual node whose pods use the copy.
    static let userLabelPrefix = "martlet.dev/used-by-"
    /// The source's namespace and name.
    static let sourceAnnotation = "martlet.dev/source"
    static let sourceUIDAnnotation = "martlet.dev/source-uid"
    /// The source's resourceVersion that the copy shows; a copy without it was not finished.
    static let versionAnnotation = "martlet.dev/source-version"

    private static let prefix = "martlet.dev/"

    /// Selects the copies of an origin, and nothing else.
    static func labelSelector(originID: String) -> String {
        "\(DelegateIdentity.originLabel)=\(originID),\(copyLabel)=true"
    }

    /// - Parameter users: the owners of the virtual nodes that use it.
    static func render(_ source: JSON, as key: DependentKey, originID: String, users: Set<String>) -> JSON {
        let metadata = ObjectMeta(source)
        var copy: JSON = [
            "apiVersion": "v1",
            "kind": .string(key.kind.rawValue),
            "metadata": [
                "name": .string(key.name),
                "namespace": .string(key.namespace),
                "labels": JSON(labels(of: metadata, originID: originID, users: users)),
                "annotations": JSON(annotations(of: metadata)),
            ],
        ]
        for field in ["type", "immutable", "data", "binaryData"] { copy[field] = source[field] }
        return copy
    }

    /// The copy as it is created: it is finished by ``handover(of:index:version:resourceVersion:)``.
    static func unfinished(_ copy: JSON) -> JSON {
        var result = copy
        result["metadata"]?["annotations"]?[versionAnnotation] = nil
        return result
    }

    /// A JSON patch that makes the fields of a copy that we created those of our applies.
    ///
    /// What a POST sets belongs to the manager that *updated* it, and an apply takes away only what was applied before:
    /// without this, a key that goes from the source would stay in the copy for ever. (client-go `csaupgrade` does the
    /// same.)
    ///
    /// - Parameters:
    ///   - index: where our entry is among the copy's `managedFields`.
    ///   - version: the source's.
    ///   - resourceVersion: the only state of the copy that may be changed; nil for any in which the entry is ours.
    static func handover(of uid: UID, index: Int, version: String, resourceVersion: String?) -> JSON {
        let entry = "/metadata/managedFields/\(index)"
        var operations: [JSON] = [
            ["op": "test", "path": "/metadata/uid", "value": .string(uid)],
            // Entries come and go with what others write: it must be this one still.
            ["op": "test", "path": .string("\(entry)/manager"), "value": .string(fieldManager)],
            ["op": "test", "path": .string("\(entry)/operation"), "value": "Update"],
        ]
        if let resourceVersion {
            operations.append(["op": "test", "path": "/metadata/resourceVersion", "value": .string(resourceVersion)])
        }
        operations += [
            ["op": "add", "path": .string("\(entry)/operation"), "value": "Apply"],
            [
                "op": "add", "path": .string("/metadata/annotations/\(escaped(versionAnnotation))"),
                "value": .string(version),
            ],
        ]
        return .array(operations)
    }

    /// Where the entry of what our creation set is among the `managedFields` of a copy; nil if it is not there (any more).
    static func creationEntry(of copy: JSON) -> Int? {
        (copy.at("metadata", "managedFields")?.array ?? []).firstIndex { entry in
            entry["manager"]?.string == fieldManager && entry["operation"]?.string == "Update"
                && (entry["subresource"]?.string ?? "").isEmpty
        }
    }

    /// Whether an object without the marks of a copy is the copy of this source all the same: it says so, by UID, and we
    /// applied what it is.
    static func isUnmarkedCopy(_ object: JSON, of source: ObjectMeta) -> Bool {
        let annotations = ObjectMeta(object).annotations
        let isApplied = (object.at("metadata", "managedFields")?.array ?? []).contains {
            $0["manager"]?.string == fieldManager && $0["operation"]?.string == "Apply"
        }
        return isApplied && annotations[sourceAnnotation] == source.key.description
            && annotations[sourceUIDAnnotation] == source.uid
    }

    static func userLabel(_ owner: String) -> String { userLabelPrefix + owner }

    private static func labels(of metadata: ObjectMeta, originID: String, users: Set<String>) -> [String: String] {
        var labels = metadata.labels.filter { !$0.key.hasPrefix(prefix) }
        labels[DelegateIdentity.originLabel] = originID
        labels[copyLabel] = "true"
        for user in users { labels[userLabel(user)] = "true" }
        return labels
    }

    private static func annotations(of metadata: ObjectMeta) -> [String: String] {
        var annotations = DelegatePod.carriedAnnotations(of: metadata)
        annotations[sourceAnnotation] = metadata.key.description
        annotations[sourceUIDAnnotation] = metadata.uid
        annotations[versionAnnotation] = metadata.resourceVersion
        return annotations
    }

    /// As a part of a JSON pointer (RFC 6901).
    private static func escaped(_ key: String) -> String {
        key.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
    }
}

/// A copy as the cache of a remote keeps it: what it is a copy of, and none of its content.
struct CopyHeader: KubeObject, Equatable {
    static let kind: String? = nil

    let metadata: ObjectMeta
    let source: ObjectKey
    let sourceUID: UID
    /// Empty if the copy was not finished.
    let sourceVersion: String
    let type: String
    let isImmutable: Bool
    /// The owners of the virtual nodes that say that they use it.
    let users: Set<String>

    var isTerminating: Bool { metadata.deletionTimestamp != nil }

    init(json: JSON) throws {
        let full = ObjectMeta(json)
        guard let source = full.annotations[DependentCopy.sourceAnnotation].flatMap({ ObjectKey($0) }) else {
            throw ObjectError("\(full.key) carries no annotation \(DependentCopy.sourceAnnotation)")
        }
        metadata = ObjectMeta(essentialsOf: full)
        self.source = source
        sourceUID = full.annotations[DependentCopy.sourceUIDAnnotation] ?? ""
        sourceVersion = full.annotations[DependentCopy.versionAnnotation] ?? ""
        type = json["type"]?.string ?? ""
        isImmutable = json["immutable"]?.bool ?? false
        let prefix = DependentCopy.userLabelPrefix
        users = Set(full.labels.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) })
    }

    /// Whether an object of the remote is a copy of this origin's.
    static func isCopy(_ metadata: ObjectMeta, originID: String) -> Bool {
        metadata.labels[DelegateIdentity.originLabel] == originID
            && metadata.labels[DependentCopy.copyLabel] == "true"
            && metadata.annotations[DependentCopy.sourceAnnotation] != nil
    }
}

/// A source as the cache of the origin keeps it: which object in which version, and none of its content.
struct SourceHeader: KubeObject, Equatable {
    static let kind: String? = nil

    let metadata: ObjectMeta
    let type: String

    /// Whether it holds a ServiceAccount token, which means nothing in another cluster.
    var isToken: Bool { type == "kubernetes.io/service-account-token" }

    /// Whether shared watches leave it out: a release of Helm's.
    var isLeftOut: Bool { type == SourceWatch.typeLeftOut }

    init(json: JSON) throws {
        metadata = ObjectMeta(essentialsOf: ObjectMeta(json))
        type = json["type"]?.string ?? ""
    }
}
