package import KubeModel
package import Providers

/// What a virtual node shall look like: a pure function of its configuration and of what is known of the cluster.
///
/// Only the fields that are ours are here; everything else on the Node object belongs to others.
package struct NodeDescription: Sendable, Equatable {
    package let name: String
    package let labels: [String: String]
    /// The labels that are there because the configuration asks for them, and go when it no longer does.
    package let configuredLabels: Set<String>
    package let annotations: [String: String]
    package let taints: [Taint]
    package private(set) var conditions: [StatedCondition]
    /// Empty while nothing is known of the cluster; what stands on the node is then left as it is. A cluster that is
    /// ready and has nothing to give has zeros.
    package let capacity: ResourceList
    package let allocatable: ResourceList
    /// Address by type (core/v1 NodeAddressType).
    package let addresses: [String: String]
    package let kubeletPort: Int
    /// The fields of `status.nodeInfo` that are known.
    package let info: [String: String]

    /// The Ready condition.
    package let readiness: StatedCondition
    package var isReady: Bool { readiness.isTrue }
    package var providerID: String { NodeKeys.providerID(of: name) }

    package init(settings: NodeSettings, report: NodeReport?, sync: PodSyncState) {
        name = settings.name
        let configured = Self.configuredLabels(settings)
        let reached = report.flatMap { $0.version.isEmpty ? nil : $0 }
        labels = Self.labels(settings: settings, configured: configured, reached: reached)
        configuredLabels = Set(configured.keys)
        annotations = settings.annotations
        taints = settings.taints
        readiness = StatedCondition.ready(report: report, sync: sync)
        conditions = [readiness] + StatedCondition.unpressed
        let amounts = sync == .synced ? report : nil
        let floor: ResourceList = readiness.isTrue ? ["cpu": .zero, "memory": .zero, "pods": .zero] : [:]
        capacity = Self.limited(floor.maximum(amounts?.capacity ?? [:]), by: settings.limits)
        allocatable = Self.limited(floor.maximum(amounts?.allocatable ?? [:]), by: settings.limits)
        addresses = Self.addresses(settings: settings)
        kubeletPort = settings.kubeletPort
        info = Self.info(reached)
    }

    /// The same without a statement on readiness while that would only be that nothing is known yet, on a node that
    /// stands as Ready: a restart of this process must not be news to the pods of the node.
    package func holdingReadiness(of observed: JSON?) -> NodeDescription {
        let standing = observed.flatMap { NodePatch.conditions(of: $0)[StatedCondition.readyType]?["status"]?.string }
        guard readiness.isProvisional, standing == "True" else { return self }
        var held = self
        held.conditions.removeAll { $0.type == StatedCondition.readyType }
        return held
    }

    /// The address types whose entries are ours.
    static let addressTypes = ["InternalIP", "Hostname"]

    private static func configuredLabels(_ settings: NodeSettings) -> [String: String] {
        var labels = settings.labels
        if let region = settings.region { labels[NodeKeys.region] = region }
        if let zone = settings.zone { labels[NodeKeys.zone] = zone }
        return labels
    }

    /// - Parameter reached: The report if the cluster was ever reached; the system is not guessed before that.
    private static func labels(
        settings: NodeSettings,
        configured: [String: String],
        reached: NodeReport?
    ) -> [String: String] {
        var labels = [
            "type": "virtual-kubelet",
            "kubernetes.io/role": "agent",
            "node-role.kubernetes.io/agent": "",
            "node.kubernetes.io/exclude-from-external-load-balancers": "true",
        ]
        if let reached {
            labels[NodeKeys.os] = reached.operatingSystem
            labels[NodeKeys.arch] = reached.architecture
        }
        labels.merge(configured) { _, configured in configured }
        labels[NodeKeys.hostname] = settings.name
        labels[NodeKeys.cluster] = settings.name
        return labels
    }

    private static func info(_ reached: NodeReport?) -> [String: String] {
        guard let reached else { return [:] }
        return [
            "kubeletVersion": reached.version,
            "operatingSystem": reached.operatingSystem,
            "architecture": reached.architecture,
        ]
    }

    /// API servers by default dial a kubelet at its Hostname first, so that must be an address that leads to us when
    /// there is one; the node's name, which no resolver knows, is only the last resort.
    private static func addresses(settings: NodeSettings) -> [String: String] {
        guard let address = settings.address else { return ["Hostname": settings.name] }
        return ["InternalIP": address, "Hostname": address]
    }

    private static func limited(_ resources: ResourceList, by limits: ResourceList) -> ResourceList {
        var result = resources
        for (name, amount) in resources {
            if let limit = limits[name], limit < amount { result[name] = limit }
        }
        return result
    }
}
