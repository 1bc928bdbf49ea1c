extension JSONPatch {
    /// The patch as the document to send.
    package static func document(_ operations: [Operation]) -> JSON {
        .array(operations.map(\.json))
    }

    /// Reads a patch document. Members that RFC 6902 does not know are ignored, as it asks.
    package static func operations(from document: JSON) throws(JSONPatchError) -> [Operation] {
        guard case .array(let elements) = document else {
            throw JSONPatchError(path: JSONPointer([]), problem: .malformed)
        }
        var operations: [Operation] = []
        for (position, element) in elements.enumerated() {
            guard let operation = Operation(element) else {
                throw JSONPatchError(path: JSONPointer([String(position)]), problem: .malformed)
            }
            operations.append(operation)
        }
        return operations
    }
}

extension JSONPatch.Operation {
    fileprivate init?(_ json: JSON) {
        guard let path = json.pointer("path") else { return nil }
        switch (json["op"]?.string, json["value"], json.pointer("from")) {
        case ("add", let value?, _): self = .add(path, value)
        case ("remove", _, _): self = .remove(path)
        case ("replace", let value?, _): self = .replace(path, value)
        case ("move", _, let source?): self = .move(from: source, to: path)
        case ("copy", _, let source?): self = .copy(from: source, to: path)
        case ("test", let value?, _): self = .test(path, value)
        default: return nil
        }
    }

    fileprivate var json: JSON {
        switch self {
        case .add(let path, let value): ["op": "add", "path": "\(path)", "value": value]
        case .remove(let path): ["op": "remove", "path": "\(path)"]
        case .replace(let path, let value): ["op": "replace", "path": "\(path)", "value": value]
        case .move(let source, let path): ["op": "move", "from": "\(source)", "path": "\(path)"]
        case .copy(let source, let path): ["op": "copy", "from": "\(source)", "path": "\(path)"]
        case .test(let path, let value): ["op": "test", "path": "\(path)", "value": value]
        }
    }
}

extension JSON {
    fileprivate func pointer(_ key: String) -> JSONPointer? {
        self[key]?.string.flatMap(JSONPointer.init(parsing:))
    }
}
