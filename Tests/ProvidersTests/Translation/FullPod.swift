import KubeModel

/// A pod with every field of the newest API, made from the list of their paths. It is no valid pod: only the places
/// matter.
struct FullPod {
    /// A field by its path ("spec.containers[].name") and the kind of its value.
    struct Field {
        let path: String
        let kind: String

        /// The path without the marks of lists.
        var keys: [String] {
            path.split(separator: ".").map { $0.hasSuffix("[]") ? String($0.dropLast(2)) : String($0) }
        }
    }

    let fields: [Field]
    /// What every reference of the downward API names.
    var fieldPath = "status.podIP"

    init(_ text: String) {
        fields = text.split(separator: "\n").map { line in
            let parts = line.split(separator: " ")
            return Field(path: String(parts[0]), kind: String(parts[1]))
        }
    }

    /// Lists whose elements are one of several kinds: each kind gets an element of its own.
    private static let unions: Set<String> = ["spec.volumes[]", "spec.volumes[].projected.sources[]"]

    /// The object.
    var json: JSON {
        var pod: JSON = ["apiVersion": "v1", "kind": "Pod"]
        for (name, value) in object(below: "").object ?? [:] { pod[name] = value }
        return pod
    }

    private func object(below prefix: String) -> JSON {
        var result: JSON = [:]
        for field in members(of: prefix) {
            result[name(field, below: prefix)] = value(of: field)
        }
        return result
    }

    private func members(of prefix: String) -> [Field] {
        if prefix.isEmpty { return [Field(path: "metadata", kind: "object"), Field(path: "spec", kind: "object")] }
        return fields.filter { field in
            field.path.hasPrefix(prefix + ".") && !field.path.dropFirst(prefix.count + 1).contains(".")
        }
    }

    private func name(_ field: Field, below prefix: String) -> String {
        let rest = prefix.isEmpty ? field.path[...] : field.path.dropFirst(prefix.count + 1)
        return rest.hasSuffix("[]") ? String(rest.dropLast(2)) : String(rest)
    }

    private func value(of field: Field) -> JSON {
        switch field.kind {
        case "bool": true
        case "int": 7
        case "quantity": "7Mi"
        case "strings": ["text"]
        case "ints": [7]
        case "map": ["key": "text"]
        case "resources": ["cpu": "7"]
        case "selector": ["matchLabels": ["key": "text"]]
        case "object": object(below: field.path)
        case "objects": .array(elements(of: field.path))
        default: .string(text(field.path))
        }
    }

    private func text(_ path: String) -> String {
        path.hasSuffix("fieldRef.fieldPath") ? fieldPath : "text of \(path)"
    }

    private func elements(of path: String) -> [JSON] {
        guard Self.unions.contains(path) else { return [object(below: path)] }
        return members(of: path).filter { $0.kind == "object" }.map { member in
            let name = name(member, below: path)
            return ["name": .string(name), name: value(of: member)]
        }
    }
}

extension JSON {
    /// All values at a path, through every element of the lists on the way.
    func values(at keys: ArraySlice<String>) -> [JSON] {
        guard let key = keys.first else { return [self] }
        if case .array(let elements) = self { return elements.flatMap { $0.values(at: keys) } }
        return self[key]?.values(at: keys.dropFirst()) ?? []
    }
}
