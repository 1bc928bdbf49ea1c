import KubeModel

/// As much of patches by path and of server-side apply as ConfigMaps and Secrets need.
///
/// A manager's own keys are those that it applied; what a POST set belongs to its update until it is handed over, and
/// an apply leaves it alone.
enum ScriptedApply {
    /// An object as it stands after its creation: its fields belong to the manager that made it.
    static func created(_ object: JSON, by manager: String?) -> JSON {
        var result = object
        let manager = JSON.string(manager ?? "test")
        result["metadata"]?["managedFields"] = [["manager": manager, "operation": "Update"]]
        return result
    }

    /// The object after a patch; nil if the patch can't be applied.
    static func patch(_ request: ScriptedRequest, _ old: JSON) -> JSON? {
        switch request.contentType {
        case "application/json-patch+json":
            guard let operations = try? JSONPatch.operations(from: request.body) else { return nil }
            return try? JSONPatch.apply(operations, to: old)
        case "application/apply-patch+yaml": return apply(request.body, to: old)
        default: return ScriptedMerge.apply(request.body, to: old)
        }
    }

    static func changesImmutable(_ old: JSON, _ new: JSON) -> Bool {
        guard old["immutable"] == true else { return old["type"] != new["type"] }
        return ["data", "binaryData", "type", "immutable"].contains { old[$0] != new[$0] }
    }

    private static func apply(_ body: JSON, to old: JSON) -> JSON {
        var result = ScriptedMerge.apply(body, to: old)
        guard old.at("metadata", "managedFields")?[0]?["operation"] == "Apply" else { return result }
        for field in ["data", "binaryData", "immutable"] { result[field] = body[field] }
        for field in ["labels", "annotations"] { result["metadata"]?[field] = body.at("metadata", field) }
        return result
    }
}
