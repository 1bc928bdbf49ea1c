/// A node, as far as capacity and health are read from it.
package struct Node: KubeObject {
    package static let kind: String? = "Node"

    package let metadata: ObjectMeta
    /// Cordoned: takes no new pods.
    package let unschedulable: Bool
    package let taints: [Taint]
    package let providerID: String?
    package let capacity: ResourceList
    /// What pods may take of the capacity.
    package let allocatable: ResourceList
    package let conditions: [NodeCondition]
    package let addresses: [NodeAddress]
    package let kubeletVersion: String
    package let operatingSystem: String
    package let architecture: String
    /// What its kubelet says that it can do beyond what every release can (KEP-5328).
    package let declaredFeatures: [String]

    /// Throws `ObjectError` if there is no name.
    package init(json: JSON) throws {
        metadata = try RawObject(json: json).metadata
        let (spec, status) = (json["spec"], json["status"])
        unschedulable = spec?["unschedulable"]?.bool ?? false
        taints = spec?["taints"]?.array?.map(Taint.init) ?? []
        providerID = spec?["providerID"]?.string
        capacity = ResourceList(json: status?["capacity"])
        allocatable = ResourceList(json: status?["allocatable"])
        conditions = status?["conditions"]?.array?.map(NodeCondition.init) ?? []
        addresses = status?["addresses"]?.array?.map(NodeAddress.init) ?? []
        let info = status?["nodeInfo"]
        kubeletVersion = info?["kubeletVersion"]?.string ?? ""
        operatingSystem = info?["operatingSystem"]?.string ?? ""
        architecture = info?["architecture"]?.string ?? ""
        declaredFeatures = status?["declaredFeatures"]?.array?.compactMap(\.string) ?? []
    }

    package var name: String { metadata.name }
    package var labels: [String: String] { metadata.labels }

    /// Whether the condition `Ready` is `True`; unknown counts as not ready.
    package var ready: Bool { conditions.contains { $0.type == "Ready" && $0.status == "True" } }
}

/// What keeps pods off a node unless they tolerate it.
package struct Taint: Sendable, Hashable {
    package let key: String
    package let value: String
    /// "NoSchedule", "PreferNoSchedule" or "NoExecute".
    package let effect: String

    package init(key: String, value: String = "", effect: String) {
        self.key = key
        self.value = value
        self.effect = effect
    }

    package init(_ json: JSON) {
        key = json["key"]?.string ?? ""
        value = json["value"]?.string ?? ""
        effect = json["effect"]?.string ?? ""
    }
}

/// One aspect of a node's health.
package struct NodeCondition: Sendable, Hashable {
    package let type: String
    /// "True", "False" or "Unknown".
    package let status: String
    package let reason: String
    package let message: String

    package init(_ json: JSON) {
        type = json["type"]?.string ?? ""
        status = json["status"]?.string ?? ""
        reason = json["reason"]?.string ?? ""
        message = json["message"]?.string ?? ""
    }
}

/// One address of a node.
package struct NodeAddress: Sendable, Hashable {
    /// "InternalIP", "ExternalIP" or "Hostname".
    package let type: String
    package let address: String

    package init(_ json: JSON) {
        type = json["type"]?.string ?? ""
        address = json["address"]?.string ?? ""
    }
}
