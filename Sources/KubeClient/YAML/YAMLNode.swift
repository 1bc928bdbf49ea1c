package import KubeModel

/// A node of a YAML document with the place where it stands, so that a mistake can be told with its line.
package struct YAMLNode: Sendable {
    package enum Kind: Sendable, Hashable {
        case scalar
        case sequence
        case mapping
    }

    /// A key of a mapping, always a scalar other than null, and its value.
    package typealias Pair = (key: YAMLNode, value: YAMLNode)

    enum Content: Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        /// Keys may be there twice; merge keys (`<<`) are resolved.
        case mapping([Pair])
    }

    let content: Content
    let mark: YAMLMark

    /// Counted from 1.
    package var line: Int { mark.line }
    /// Counted from 1, in characters.
    package var column: Int { mark.column }
}

// MARK: - Reading

extension YAMLNode {
    package var kind: Kind {
        switch content {
        case .scalar: .scalar
        case .sequence: .sequence
        case .mapping: .mapping
        }
    }

    /// The elements of a sequence; nil for other nodes.
    package var sequence: [YAMLNode]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    /// The pairs of a mapping as they stand, equal keys included; nil for other nodes.
    package var mapping: [Pair]? {
        if case .mapping(let pairs) = content { pairs } else { nil }
    }

    /// The value of the last pair with this key, which is the one that counts; nil for other nodes and absent keys.
    package subscript(key: String) -> YAMLNode? {
        mapping?.last { $0.key.memberName == key }?.value
    }

    /// The text of a scalar as it is written, without its quotes; nil for other nodes.
    package var scalarText: String? {
        if case .scalar(let scalar) = content { scalar.text } else { nil }
    }

    /// Whether it is nothing: an empty value, `~` or `null`.
    package var isNull: Bool {
        if case .scalar(let scalar) = content { scalar.value.isNull } else { false }
    }

    /// Whether it means text: quoted, or not the spelling of a number, a boolean or null.
    package var isString: Bool {
        if case .scalar(let scalar) = content, case .string = scalar.value { true } else { false }
    }

    /// The same as JSON. Of equal keys the last one counts, as in `sigs.k8s.io/yaml`.
    package var json: JSON {
        switch content {
        case .scalar(let scalar): scalar.value
        case .sequence(let elements): .array(elements.map(\.json))
        case .mapping(let pairs): .object(JSONObject(pairs.map { ($0.key.memberName, $0.value.json) }))
        }
    }

    /// What the node is called as the key of a JSON object.
    var memberName: String {
        if case .scalar(let scalar) = content { scalar.memberName } else { "" }
    }
}
