/// JSON merge patches (RFC 7386), `application/merge-patch+json`.
///
/// Null in a merge patch means "remove", so that a member that is null counts as absent here, which is also what
/// Kubernetes means by it.
package enum MergePatch {
    /// The smallest patch that makes `to` of `from`; nil if there is nothing to change.
    package static func diff(from: JSON, to: JSON) -> JSON? {
        guard case .object(let old) = from, case .object(let new) = to else {
            return from == to ? nil : to
        }
        var changes: [JSONObject.Element] = []
        for (key, value) in new where !value.isNull {
            let change = old.present(key).map { diff(from: $0, to: value) } ?? value
            if let change { changes.append((key, change)) }
        }
        for (key, value) in old where !value.isNull && new.present(key) == nil {
            changes.append((key, .null))
        }
        return changes.isEmpty ? nil : .object(JSONObject(unique: changes))
    }

    /// `target` with the patch applied.
    package static func apply(_ patch: JSON, to target: JSON) -> JSON {
        guard case .object(let changes) = patch else { return patch }
        var result = target.object ?? JSONObject()
        for (key, change) in changes {
            result[key] = change.isNull ? nil : apply(change, to: result[key] ?? .null)
        }
        return .object(result)
    }
}

extension JSONObject {
    /// The member unless it is absent or null.
    fileprivate func present(_ key: String) -> JSON? {
        guard let value = self[key], !value.isNull else { return nil }
        return value
    }
}
