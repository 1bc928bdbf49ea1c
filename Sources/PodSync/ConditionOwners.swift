import KubeModel

/// Whose a pod's conditions are, by what its API server keeps of it (`metadata.managedFields`). Pure.
enum ConditionOwners {
    /// What API servers call who names no field manager: the first part of its User-Agent
    /// (k8s.io/apiserver/pkg/endpoints/handlers managerOrUserAgent).
    private static let ourName = "martlet"

    /// Those of the types that we have written on the pod and nobody else has.
    static func ours(of types: Set<String>, on pod: JSON) -> Set<String> {
        let entries = pod.at("metadata", "managedFields")?.array ?? []
        return types.filter { type in
            let writers = entries.filter { holds($0, type) }
            return !writers.isEmpty && writers.allSatisfy { $0["manager"]?.string == ourName }
        }
    }

    /// Elements of the list of conditions are kept by what merges them: `k:{"type":"Ready"}`.
    private static func holds(_ entry: JSON, _ type: String) -> Bool {
        let element: JSON = ["type": .string(type)]
        return entry.at("fieldsV1", "f:status", "f:conditions", "k:\(element.text)") != nil
    }
}
