import KubeModel
import Transport

/// The objects of a ``ScriptedCluster``, its versions and its watches.
struct ScriptedContent: Sendable {
    private struct Change: Sendable {
        let version: Int64
        let resource: String
        let old: JSON?
        let new: JSON?
    }

    private var objects: [String: [ObjectKey: JSON]] = [:]
    private var version: Int64 = 100
    private var history: [Change] = []
    private var watches: [(scope: ScriptedScope, body: ScriptedBody)] = []

    static func plural(of object: JSON) -> String {
        let kind = (object["kind"]?.string ?? "").lowercased()
        return kind.hasSuffix("s") ? kind + "es" : kind + "s"
    }

    func object(_ resource: String, _ key: ObjectKey) -> JSON? { objects[resource]?[key] }

    @discardableResult
    mutating func put(_ object: JSON, as resource: String) -> JSON {
        version += 1
        var stored = object
        let key = ObjectMeta(object).key
        if stored.at("metadata", "uid") == nil { stored["metadata"]?["uid"] = .string("\(key.name)-\(version)") }
        stored["metadata"]?["resourceVersion"] = .string("\(version)")
        let old = objects[resource]?.updateValue(stored, forKey: key)
        if old == nil { objects[resource, default: [:]][key] = stored }
        tell(Change(version: version, resource: resource, old: old, new: stored))
        return stored
    }

    mutating func remove(_ resource: String, _ key: ObjectKey) {
        guard let old = objects[resource]?.removeValue(forKey: key) else { return }
        version += 1
        tell(Change(version: version, resource: resource, old: old, new: nil))
    }

    mutating func breakWatches(of resource: String) {
        for watch in watches where watch.scope.resource == resource { watch.body.fail(.interrupted) }
        watches.removeAll { $0.scope.resource == resource }
    }

    private mutating func tell(_ change: Change) {
        history.append(change)
        for watch in watches { Self.tell(change, to: watch.body, of: watch.scope) }
    }

    private static func tell(_ change: Change, to body: ScriptedBody, of scope: ScriptedScope) {
        guard change.resource == scope.resource else { return }
        let isIn = change.new.map(scope.contains) ?? false
        let wasIn = change.old.map(scope.contains) ?? false
        if isIn, let new = change.new {
            body.send(wasIn ? "MODIFIED" : "ADDED", new)
        } else if wasIn, var last = change.old {
            last["metadata"]?["resourceVersion"] = .string("\(change.version)")
            body.send("DELETED", last)
        }
    }
}

// MARK: - Serving

extension ScriptedContent {
    mutating func serve(_ request: ScriptedRequest, _ call: ScriptedCall) {
        switch request.verb {
        case .get where request.resource == "version": call.respond(["gitVersion": "v1.31.2"])
        case .get: answer(call, with: objects[request.resource]?[request.key])
        case .list: list(request, call)
        case .watch: watch(request, call)
        case .create: create(request, call)
        case .patch: patch(request, call)
        case .delete: delete(request, call)
        }
    }

    private func answer(_ call: ScriptedCall, with object: JSON?) {
        guard let object else { return call.refuse(404, reason: "NotFound", message: "not found") }
        call.respond(object)
    }

    private func list(_ request: ScriptedRequest, _ call: ScriptedCall) {
        let scope = ScriptedScope(request)
        let items = (objects[request.resource] ?? [:]).values.filter(scope.contains)
        call.respond(["metadata": ["resourceVersion": .string("\(version)")], "items": .array(items)])
    }

    private mutating func watch(_ request: ScriptedRequest, _ call: ScriptedCall) {
        let scope = ScriptedScope(request)
        let start = Int64(request.query["resourceVersion"] ?? "") ?? version
        let body = call.open()
        for change in history where change.version > start { Self.tell(change, to: body, of: scope) }
        watches.append((scope, body))
    }

    private mutating func create(_ request: ScriptedRequest, _ call: ScriptedCall) {
        let isPod = request.resource == "pods"
        let namespace = ObjectKey(namespace: "", name: request.key.namespace)
        if isPod, objects["namespaces"]?[namespace] == nil {
            return call.refuse(404, reason: "NotFound", message: "namespaces \"\(namespace.name)\" not found")
        }
        guard objects[request.resource]?[request.key] == nil else {
            return call.refuse(409, reason: "AlreadyExists", message: "already exists")
        }
        var object = request.body
        if isPod {
            object["status"] = ["phase": "Pending"]
        } else {
            object = ScriptedApply.created(object, by: request.query["fieldManager"])
        }
        call.respond(request.query["dryRun"] == nil ? put(object, as: request.resource) : object, status: 201)
    }

    private mutating func patch(_ request: ScriptedRequest, _ call: ScriptedCall) {
        let resource = String(request.resource.split(separator: "/")[0])
        guard let old = objects[resource]?[request.key] else { return answer(call, with: nil) }
        let tested = request.contentType == "application/apply-patch+yaml" ? ["uid", "resourceVersion"] : ["uid"]
        for field in tested {
            guard let wanted = request.body.at("metadata", field), wanted != old.at("metadata", field) else { continue }
            return call.refuse(409, reason: "Conflict", message: "another object")
        }
        guard let new = ScriptedApply.patch(request, old) else {
            return call.refuse(422, reason: "Invalid", message: "the patch does not fit")
        }
        guard !ScriptedApply.changesImmutable(old, new) else {
            return call.refuse(422, reason: "Invalid", message: "data: Forbidden: field is immutable")
        }
        call.respond(new == old ? old : put(new, as: resource))
    }

    private mutating func delete(_ request: ScriptedRequest, _ call: ScriptedCall) {
        guard var object = objects[request.resource]?[request.key] else { return answer(call, with: nil) }
        for field in ["uid", "resourceVersion"] {
            guard let wanted = request.body.at("preconditions", field) else { continue }
            guard wanted == object.at("metadata", field) else {
                return call.refuse(409, reason: "Conflict", message: "another object")
            }
        }
        guard request.resource == "pods" else {
            remove(request.resource, request.key)
            return call.respond(["kind": "Status", "status": "Success"])
        }
        let given = object.at("metadata", "deletionGracePeriodSeconds")?.int
        let usual = given ?? object.at("spec", "terminationGracePeriodSeconds")?.int ?? 30
        let grace = min(request.body["gracePeriodSeconds"]?.int ?? usual, given ?? .max)
        object["metadata"]?["deletionTimestamp"] = "2026-11-21T06:00:00Z"
        object["metadata"]?["deletionGracePeriodSeconds"] = .int(grace)
        // As real servers do: one without grace is first told as changed, then as gone.
        call.respond(given == grace ? object : put(object, as: request.resource))
        if grace == 0 { remove(request.resource, request.key) }
    }
}

/// As much of strategic merge patches as pods need: lists of objects are merged by key.
enum ScriptedMerge {
    private static let keys = [
        "conditions": "type", "containers": "name", "initContainers": "name", "podIPs": "ip", "hostIPs": "ip",
    ]

    static func apply(_ patch: JSON, to target: JSON) -> JSON {
        guard let changes = patch.object else { return patch }
        var result = target.object ?? JSONObject()
        for (key, change) in changes {
            if change.isNull {
                result[key] = nil
            } else if let mergeKey = keys[key], let elements = change.array {
                result[key] = .array(merge(elements, into: result[key]?.array ?? [], by: mergeKey))
            } else {
                result[key] = apply(change, to: result[key] ?? .null)
            }
        }
        return .object(result)
    }

    private static func merge(_ changes: [JSON], into list: [JSON], by key: String) -> [JSON] {
        var result = changes.first?["$patch"] == "replace" ? [] : list
        for change in changes where change["$patch"] != "replace" {
            let index = result.firstIndex { $0[key] == change[key] }
            switch (index, change["$patch"] == "delete") {
            case (let index?, true): result.remove(at: index)
            case (let index?, false): result[index] = apply(change, to: result[index])
            case (nil, true): break
            case (nil, false): result.append(apply(change, to: .null))
            }
        }
        return result
    }
}
