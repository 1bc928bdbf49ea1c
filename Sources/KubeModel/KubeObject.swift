/// What a store can hold: a view of one Kubernetes object, made from its JSON tree.
package protocol KubeObject: Sendable {
    /// The object's kind if all objects of this type have one kind; nil for views of any kind.
    static var kind: String? { get }

    var metadata: ObjectMeta { get }

    /// Throws `ObjectError` if the tree is not such an object.
    init(json: JSON) throws
}

extension KubeObject {
    package var key: ObjectKey { metadata.key }
}

/// Why a JSON tree is not the Kubernetes object that it was taken for.
package struct ObjectError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// An object of any kind as a whole tree, unknown fields kept.
package struct RawObject: KubeObject {
    package static let kind: String? = nil

    package let json: JSON
    package let metadata: ObjectMeta

    /// Throws `ObjectError` if there is no `metadata.name`.
    package init(json: JSON) throws {
        let metadata = ObjectMeta(json)
        guard !metadata.name.isEmpty else { throw ObjectError("the object has no metadata.name") }
        self.json = json
        self.metadata = metadata
    }
}
