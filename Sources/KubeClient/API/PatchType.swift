/// The forms of a change to an object.
package enum PatchType: Sendable, Hashable {
    /// RFC 7386: members are merged, lists replaced, null removes.
    case merge
    /// Like `merge`, but some lists are merged by key; only for built-in kinds.
    case strategicMerge
    /// RFC 6902: a list of operations, with tests.
    case json
    /// Server-side apply: the fields in the body are this manager's. `force` takes them from other managers.
    case apply(fieldManager: String, force: Bool)

    var contentType: String {
        switch self {
        case .merge: "application/merge-patch+json"
        case .strategicMerge: "application/strategic-merge-patch+json"
        case .json: "application/json-patch+json"
        case .apply: "application/apply-patch+yaml"
        }
    }

    var query: [(name: String, value: String)] {
        guard case .apply(let fieldManager, let force) = self else { return [] }
        return [("fieldManager", fieldManager), ("force", force ? "true" : "false")]
    }
}
