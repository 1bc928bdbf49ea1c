internal import KubeModel

/// What changes in `status.capacity` and `status.allocatable`, and what must be remembered as ours.
///
/// Resources that somebody else advertises in the capacity (the documented way to add an extended resource to a node)
/// stay, and are allocatable in full, as a kubelet does it (pkg/kubelet/nodestatus, MachineInfo).
struct NodeResourceChanges: Equatable {
    let capacity: JSONObject
    let allocatable: JSONObject
    /// The new value of the managed-resources annotation; nil when it stands.
    let memory: String?

    init(desired: NodeDescription, observed: JSON) {
        // Nothing is known of the cluster: what was known before is the best guess, and Ready says the rest.
        guard !desired.capacity.isEmpty else {
            (capacity, allocatable, memory) = ([:], [:], nil)
            return
        }
        let before = NodePatch.remembered(NodeKeys.managedResources, in: observed)
        let ours = before.union(desired.capacity.keys).union(desired.allocatable.keys)
        let standing = ResourceList(json: observed.at("status", "capacity"))
        let others = standing.filter { !ours.contains($0.key) }
        capacity = Self.changes(from: standing, to: desired.capacity.merging(others) { own, _ in own })
        allocatable = Self.changes(
            from: ResourceList(json: observed.at("status", "allocatable")),
            to: desired.allocatable.merging(others) { own, _ in own }
        )
        let names = desired.managedResources
        memory = observed.at("metadata", "annotations", NodeKeys.managedResources)?.string == names ? nil : names
    }

    /// Compared by value, since the API server writes amounts in its own form ("1000m" becomes "1").
    private static func changes(from standing: ResourceList, to wanted: ResourceList) -> JSONObject {
        var result = JSONObject()
        for (name, amount) in wanted.sorted(by: { $0.key < $1.key }) where standing[name] != amount {
            result[name] = .string(amount.description)
        }
        for name in standing.keys.sorted() where wanted[name] == nil {
            result[name] = .null
        }
        return result
    }
}
