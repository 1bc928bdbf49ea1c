/// JSON patches (RFC 6902), `application/json-patch+json`.
package enum JSONPatch {
    /// One step of a patch.
    package enum Operation: Sendable, Equatable {
        /// Sets a member, or inserts into an array before a position (`-` appends).
        case add(JSONPointer, JSON)
        case remove(JSONPointer)
        case replace(JSONPointer, JSON)
        case move(from: JSONPointer, to: JSONPointer)
        case copy(from: JSONPointer, to: JSONPointer)
        /// Fails the whole patch unless the value is there and equal: a precondition.
        case test(JSONPointer, JSON)
    }

    /// `target` with all operations applied in turn, or the error of the first that fails: all or nothing.
    package static func apply(_ operations: [Operation], to target: JSON) throws(JSONPatchError) -> JSON {
        var result = target
        for operation in operations {
            try apply(operation, to: &result)
        }
        return result
    }

    private static func apply(_ operation: Operation, to target: inout JSON) throws(JSONPatchError) {
        switch operation {
        case .add(let path, let value):
            try target.insert(value, at: path)
        case .remove(let path):
            _ = try target.remove(at: path)
        case .replace(let path, let value):
            try target.replace(at: path, with: value)
        case .move(let source, let path):
            guard source == path || !path.tokens.starts(with: source.tokens) else {
                throw JSONPatchError(path: path, problem: .movedIntoItself)
            }
            let value = try target.remove(at: source)
            try target.insert(value, at: path)
        case .copy(let source, let path):
            try target.insert(try target.value(at: source), at: path)
        case .test(let path, let value):
            guard try target.value(at: path) == value else { throw JSONPatchError(path: path, problem: .testFailed) }
        }
    }
}

/// Why a JSON patch cannot be read or applied.
package struct JSONPatchError: Error, Equatable, CustomStringConvertible {
    package enum Problem: String, Sendable {
        case malformed = "is not a JSON patch operation"
        case notFound = "does not exist"
        case notAnIndex = "is not a position in the array"
        case notAContainer = "is in a value that is neither object nor array"
        case movedIntoItself = "is inside the value that is moved"
        case rootRemoved = "is the whole document, which cannot be removed"
        case testFailed = "differs from the value of the test"
    }

    /// The place that the operation names.
    package let path: JSONPointer
    package let problem: Problem

    package var description: String { "JSON patch: \"\(path)\" \(problem.rawValue)" }
}
