/// What martlet reads of an object's `metadata`. Absent texts are empty, as in Go. A class for the same reason as ``Pod``.
package final class ObjectMeta: Sendable {
    package let name: String
    package let namespace: String
    package let uid: UID
    /// Opaque: compare for equality only.
    package let resourceVersion: String
    package let generation: Int64?
    package let labels: [String: String]
    package let annotations: [String: String]
    /// RFC 3339, as the server wrote it.
    package let creationTimestamp: String?
    /// When the object is due to be gone: the request's time plus the grace period. Nil while it shall live.
    package let deletionTimestamp: String?
    package let deletionGracePeriodSeconds: Int64?
    package let finalizers: [String]
    package let ownerReferences: [OwnerReference]

    /// Reads the metadata of an object, or a metadata object itself.
    package init(_ json: JSON) {
        let metadata = json["metadata"] ?? json
        name = metadata["name"]?.string ?? ""
        namespace = metadata["namespace"]?.string ?? ""
        uid = metadata["uid"]?.string ?? ""
        resourceVersion = metadata["resourceVersion"]?.string ?? ""
        generation = metadata["generation"]?.int
        labels = metadata["labels"]?.stringMap ?? [:]
        annotations = metadata["annotations"]?.stringMap ?? [:]
        creationTimestamp = metadata["creationTimestamp"]?.string
        deletionTimestamp = metadata["deletionTimestamp"]?.string
        deletionGracePeriodSeconds = metadata["deletionGracePeriodSeconds"]?.int
        finalizers = metadata["finalizers"]?.array?.compactMap(\.string) ?? []
        ownerReferences = metadata["ownerReferences"]?.array?.map(OwnerReference.init) ?? []
    }

    /// What identifies an object in one of its states, without the rest.
    package init(essentialsOf other: ObjectMeta) {
        name = other.name
        namespace = other.namespace
        uid = other.uid
        resourceVersion = other.resourceVersion
        generation = nil
        labels = [:]
        annotations = [:]
        creationTimestamp = nil
        deletionTimestamp = other.deletionTimestamp
        deletionGracePeriodSeconds = other.deletionGracePeriodSeconds
        finalizers = []
        ownerReferences = []
    }

    package var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }

    /// The owner that manages the object (`controller: true`), if any.
    package var controller: OwnerReference? { ownerReferences.first(where: \.isController) }
}

extension ObjectMeta: Equatable {
    package static func == (one: ObjectMeta, other: ObjectMeta) -> Bool {
        one === other
            || (one.name == other.name && one.namespace == other.namespace && one.uid == other.uid
                && one.resourceVersion == other.resourceVersion && one.generation == other.generation
                && one.labels == other.labels && one.annotations == other.annotations
                && one.creationTimestamp == other.creationTimestamp
                && one.deletionTimestamp == other.deletionTimestamp
                && one.deletionGracePeriodSeconds == other.deletionGracePeriodSeconds
                && one.finalizers == other.finalizers && one.ownerReferences == other.ownerReferences)
    }
}

/// One of the objects that an object belongs to: the garbage collector removes it after the last of them.
package struct OwnerReference: Sendable, Hashable {
    package let apiVersion: String
    package let kind: String
    package let name: String
    package let uid: UID
    package let isController: Bool
    package let blockOwnerDeletion: Bool

    package init(_ json: JSON) {
        apiVersion = json["apiVersion"]?.string ?? ""
        kind = json["kind"]?.string ?? ""
        name = json["name"]?.string ?? ""
        uid = json["uid"]?.string ?? ""
        isController = json["controller"]?.bool ?? false
        blockOwnerDeletion = json["blockOwnerDeletion"]?.bool ?? false
    }
}
