internal import KubeModel

/// Has pods tolerate taints of virtual nodes, whatever their value and effect. Pure.
struct TolerationRule: AdmissionRule {
    /// The keys of the taints.
    let keys: [String]

    func verdict(on pod: JSON) -> AdmissionVerdict {
        let standing = pod.at("spec", "tolerations")?.array
        let missing = keys.filter { key in !(standing ?? []).contains { Self.covers($0, key) } }
        guard !missing.isEmpty else { return .unchanged }
        let added = missing.map { key -> JSON in ["key": .string(key), "operator": "Exists"] }
        guard standing != nil else { return .allowed([.add(JSONPointer(["spec", "tolerations"]), .array(added))]) }
        return .allowed(added.map { .add(JSONPointer(["spec", "tolerations", "-"]), $0) })
    }

    /// Whether a toleration is one for every taint of a key; one without a key is for all taints.
    private static func covers(_ toleration: JSON, _ key: String) -> Bool {
        guard toleration["operator"]?.string == "Exists", (toleration["effect"]?.string ?? "").isEmpty else {
            return false
        }
        return ["", key].contains(toleration["key"]?.string ?? "")
    }
}
