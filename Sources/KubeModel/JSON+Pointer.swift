extension JSON {
    /// The value at the place; throws `.notFound` and the like if there is none.
    package func value(at path: JSONPointer) throws(JSONPatchError) -> JSON {
        var current = self
        for token in path.tokens {
            current = try current.child(token, path: path)
        }
        return current
    }

    /// Sets a member, inserts into an array, or takes the place of the whole value.
    mutating func insert(_ value: JSON, at path: JSONPointer) throws(JSONPatchError) {
        guard let last = path.tokens.last else {
            self = value
            return
        }
        try changeParent(of: path) { parent throws(JSONPatchError) in
            switch parent {
            case .object: parent[last] = value
            case .array(var elements):
                let end = elements.endIndex
                let index = last == "-" ? end : try Self.index(last, in: 0..<(end + 1), path: path)
                elements.insert(value, at: index)
                parent = .array(elements)
            default: throw JSONPatchError(path: path, problem: .notAContainer)
            }
        }
    }

    mutating func remove(at path: JSONPointer) throws(JSONPatchError) -> JSON {
        guard let last = path.tokens.last else { throw JSONPatchError(path: path, problem: .rootRemoved) }
        let removed = try value(at: path)
        try changeParent(of: path) { parent throws(JSONPatchError) in
            guard case .array(var elements) = parent else {
                parent[last] = nil
                return
            }
            elements.remove(at: try Self.index(last, in: elements.indices, path: path))
            parent = .array(elements)
        }
        return removed
    }

    mutating func replace(at path: JSONPointer, with value: JSON) throws(JSONPatchError) {
        _ = try self.value(at: path)
        try change(path.tokens[...], path: path) { (target) throws(JSONPatchError) in target = value }
    }

    private mutating func changeParent(
        of path: JSONPointer,
        _ body: (inout JSON) throws(JSONPatchError) -> Void
    ) throws(JSONPatchError) {
        try change(path.tokens.dropLast(), path: path, body)
    }

    /// Changes the value at the end of `tokens`; its depth is bounded by the path, which callers read from a value.
    private mutating func change(
        _ tokens: ArraySlice<String>,
        path: JSONPointer,
        _ body: (inout JSON) throws(JSONPatchError) -> Void
    ) throws(JSONPatchError) {
        guard let token = tokens.first else { return try body(&self) }
        var inner = try child(token, path: path)
        try inner.change(tokens.dropFirst(), path: path, body)
        guard case .array(var elements) = self else {
            self[token] = inner
            return
        }
        elements[try Self.index(token, in: elements.indices, path: path)] = inner
        self = .array(elements)
    }

    private func child(_ token: String, path: JSONPointer) throws(JSONPatchError) -> JSON {
        switch self {
        case .object(let object):
            guard let value = object[token] else { throw JSONPatchError(path: path, problem: .notFound) }
            return value
        case .array(let elements):
            return elements[try Self.index(token, in: elements.indices, path: path)]
        default:
            throw JSONPatchError(path: path, problem: .notAContainer)
        }
    }

    /// A position as RFC 6901 section 4 writes it: digits without a leading zero.
    private static func index(
        _ token: String,
        in positions: Range<Int>,
        path: JSONPointer
    ) throws(JSONPatchError) -> Int {
        let isNumber = token.utf8.allSatisfy(\.isASCIIDigit) && (token == "0" || token.utf8.first != UInt8(ascii: "0"))
        guard isNumber, let index = Int(token) else { throw JSONPatchError(path: path, problem: .notAnIndex) }
        guard positions.contains(index) else { throw JSONPatchError(path: path, problem: .notFound) }
        return index
    }
}
