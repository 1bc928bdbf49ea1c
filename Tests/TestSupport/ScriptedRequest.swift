import Foundation
package import KubeModel

/// A call as a ``ScriptedCluster`` understands it.
package struct ScriptedRequest: Sendable {
    package enum Verb: String, Sendable {
        case get, list, watch, create, patch, delete
    }

    package let verb: Verb
    /// The plural, with the subresource: "pods/status"; "version" for the server's version.
    package let resource: String
    /// Of the object; the name is empty for a collection.
    package let key: ObjectKey
    package let query: [String: String]
    /// `.null` if there is none.
    package let body: JSON
    /// The type of the body; of patches the kind of patch.
    package let contentType: String

    init(_ call: ScriptedCall) {
        let path = call.path.split(separator: "/").map(String.init)
        var rest = path.dropFirst(path.first == "apis" ? 3 : path.first == "api" ? 2 : 0)
        var namespace = ""
        if rest.first == "namespaces", rest.count > 2 {
            namespace = rest[rest.startIndex + 1]
            rest = rest.dropFirst(2)
        }
        let plural = rest.popFirst() ?? ""
        let name = rest.popFirst() ?? ""
        resource = rest.first.map { "\(plural)/\($0)" } ?? plural
        query = call.query.mapValues { $0.removingPercentEncoding ?? $0 }
        // A body that is no JSON is none of the code under test's.
        body = (try? call.json()) ?? .null
        contentType = call.header("Content-Type") ?? ""
        switch call.method {
        case "POST": verb = .create
        case "PATCH": verb = .patch
        case "DELETE": verb = .delete
        default: verb = call.isStream ? .watch : name.isEmpty && plural != "version" ? .list : .get
        }
        let created = body.at("metadata", "name")?.string ?? ""
        key = ObjectKey(namespace: namespace, name: verb == .create && name.isEmpty ? created : name)
    }

    package var line: String { "\(verb.rawValue) \(resource) \(key)" }
}

/// The objects that a list or a watch asks for.
struct ScriptedScope: Sendable {
    let resource: String
    private let namespace: String
    private let labels: LabelSelector
    private let fields: [(path: [String], value: String, isEqual: Bool)]

    init(_ request: ScriptedRequest) {
        resource = request.resource
        namespace = request.key.namespace
        // A selector that can't be read selects everything, which a test sees.
        labels = (try? LabelSelector(parsing: request.query["labelSelector"] ?? "")) ?? .everything
        fields = (request.query["fieldSelector"] ?? "").split(separator: ",").map { term in
            let isEqual = !term.contains("!=")
            let parts = term.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let path = parts[0].trimmingCharacters(in: ["!"]).split(separator: ".").map(String.init)
            return (path, String(parts.last ?? ""), isEqual)
        }
    }

    func contains(_ object: JSON) -> Bool {
        let metadata = ObjectMeta(object)
        guard namespace.isEmpty || namespace == metadata.namespace, labels.matches(metadata.labels) else {
            return false
        }
        return fields.allSatisfy { field in
            let value = field.path.reduce(object) { $0[$1] ?? .null }.string ?? ""
            return (value == field.value) == field.isEqual
        }
    }
}
