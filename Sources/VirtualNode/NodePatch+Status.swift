internal import KubeModel

extension NodePatch {
    /// The patch of the status; nil when there is nothing to change and no heartbeat is due.
    ///
    /// - Parameter dropped: the declared features that the origin was told and has not kept; told again with the
    ///   heartbeat, since it may have been upgraded.
    static func status(
        desired: NodeDescription,
        observed: JSON,
        now: String,
        heartbeatDue: Bool,
        dropped: [String]? = nil
    ) -> JSON? {
        var status = JSONObject()
        let conditions = conditions(desired: desired, observed: observed, now: now, all: heartbeatDue)
        if !conditions.isEmpty { status["conditions"] = .array(conditions) }
        let addresses = addresses(desired: desired, observed: observed)
        if !addresses.isEmpty { status["addresses"] = .array(addresses) }
        let info = changes(from: observed.at("status", "nodeInfo"), to: desired.info, remembered: [])
        if !info.isEmpty { status["nodeInfo"] = .object(info) }
        let port = observed.at("status", "daemonEndpoints", "kubeletEndpoint", "Port")?.int ?? 0
        if let desired = desired.kubeletPort.map(Int64.init), desired != port {
            status["daemonEndpoints"] = ["kubeletEndpoint": ["Port": .int(desired)]]
        }
        let resources = NodeResourceChanges(desired: desired, observed: observed)
        if !resources.capacity.isEmpty { status["capacity"] = .object(resources.capacity) }
        if !resources.allocatable.isEmpty { status["allocatable"] = .object(resources.allocatable) }
        if let features = declaredFeatures(desired: desired, observed: observed, dropped: heartbeatDue ? nil : dropped)
        {
            status["declaredFeatures"] = .array(features.map { .string($0) })
        }
        guard !status.isEmpty || resources.memory != nil else { return nil }

        var identity = JSONObject()
        identity["uid"] = observed.at("metadata", "uid")
        // A call may be a long time on its way, and the origin give up the node meanwhile: that it is Ready all the same
        // must be said of what stands then.
        if conditions.contains(where: saysReady) {
            identity["resourceVersion"] = observed.at("metadata", "resourceVersion")
        }
        if let memory = resources.memory {
            identity["annotations"] = [NodeKeys.managedResources: .string(memory)]
        }
        return ["metadata": .object(identity), "status": .object(status)]
    }

    private static func saysReady(_ condition: JSON) -> Bool {
        condition["type"]?.string == StatedCondition.readyType && condition["status"]?.string == "True"
    }

    /// The features that a node declares.
    static func declaredFeatures(of node: JSON) -> [String] {
        node.at("status", "declaredFeatures")?.array?.compactMap(\.string) ?? []
    }

    /// The features to set; nil where there is nothing to change, or the origin has dropped just these.
    private static func declaredFeatures(
        desired: NodeDescription,
        observed: JSON,
        dropped: [String]?
    ) -> [String]? {
        guard let features = desired.declaredFeatures, features != dropped else { return nil }
        return features == declaredFeatures(of: observed) ? nil : features
    }

    /// The conditions that stand on a node, by type.
    static func conditions(of node: JSON) -> [String: JSON] {
        let list = node.at("status", "conditions")?.array ?? []
        return Dictionary(list.compactMap { item in item["type"]?.string.map { ($0, item) } }) { first, _ in first }
    }

    private static func conditions(desired: NodeDescription, observed: JSON, now: String, all: Bool) -> [JSON] {
        let standing = conditions(of: observed)
        let over = NodeDescription.passingConditions.filter { type in
            standing[type] != nil && !desired.conditions.contains { $0.type == type }
        }
        let news = desired.conditions.compactMap { condition -> JSON? in
            let before = standing[condition.type]
            if let before, !all, condition.says(sameAs: before) { return nil }
            return condition.json(observed: before, now: now)
        }
        return over.map { ["$patch": "delete", "type": .string($0)] } + news
    }

    /// Addresses to set, and to remove where one of a type that is ours is no longer wanted.
    private static func addresses(desired: NodeDescription, observed: JSON) -> [JSON] {
        let list = observed.at("status", "addresses")?.array ?? []
        return NodeDescription.addressTypes.compactMap { type in
            let standing = list.first { $0["type"]?.string == type }?["address"]?.string
            guard standing != desired.addresses[type] else { return nil }
            guard let address = desired.addresses[type] else {
                return ["$patch": "delete", "type": .string(type)]
            }
            return ["type": .string(type), "address": .string(address)]
        }
    }
}
