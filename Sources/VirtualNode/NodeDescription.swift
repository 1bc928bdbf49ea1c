package import KubeModel
package import PodSync
package import Providers

/// What a virtual node shall look like: a pure function of its configuration and of what is known of the cluster.
///
/// Only the fields that are ours are here; everything else on the Node object belongs to others.
package struct NodeDescription: Sendable, Equatable {
    package let name: String
    /// The cluster that the node stands for, or for some of whose nodes.
    package let cluster: String
    package private(set) var labels: [String: String]
    /// The labels that are there because the configuration asks for them, or the cluster's nodes share them, and go when
    /// that is no longer so.
    package private(set) var passingLabels: Set<String>
    package let annotations: [String: String]
    /// Annotations that tell what was found out of the cluster: set once known, and left when nothing newer is.
    package private(set) var findings: [String: String]
    package private(set) var taints: [Taint]
    package private(set) var conditions: [StatedCondition]
    /// Empty while nothing is known of the cluster; what stands on the node is then left as it is. A cluster that is
    /// ready and has nothing to give has zeros.
    package let capacity: ResourceList
    package let allocatable: ResourceList
    /// Address by type (core/v1 NodeAddressType).
    package let addresses: [String: String]
    /// The port of the kubelet endpoint: 0 for none, nil to leave what stands on the node.
    package let kubeletPort: Int?
    /// What the cluster's nodes declare alike; nil to leave what stands on the node.
    package let declaredFeatures: [String]?
    /// The fields of `status.nodeInfo` that are known.
    package let info: [String: String]

    /// The Ready condition.
    package let readiness: StatedCondition
    package var isReady: Bool { readiness.isTrue }
    package var providerID: String { NodeKeys.providerID(of: name) }

    /// Whether pods stay while the cluster is lost.
    private let holdsPods: Bool
    private let knowsSharedLabels: Bool
    /// Those of them that the configuration asks for.
    private let configuredLabels: Set<String>

    package init(
        settings: NodeSettings,
        report: NodeReport?,
        sync: PodSyncState,
        kubelet: KubeletPresence,
        slots: NodeSlots? = nil,
        held: OrphanBrake.Notice? = nil,
        lacksPlace: Bool = false
    ) {
        holdsPods = settings.onLost == .hold || settings.isDetached
        name = settings.name
        cluster = settings.cluster
        let shared = report?.sharedLabels
        let passing = Self.passingLabels(settings, shared: shared ?? [:])
        let reached = report.flatMap { $0.version.isEmpty ? nil : $0 }
        labels = Self.labels(settings: settings, passing: passing, reached: reached)
        passingLabels = Set(passing.keys)
        configuredLabels = Set(Self.configuredLabels(settings).keys)
        knowsSharedLabels = shared != nil
        annotations = settings.annotations
        findings = Self.findings(report, slots)
        taints = settings.taints + (lacksPlace ? Self.unplaced(besides: settings.taints) : [])
        readiness = StatedCondition.ready(report: report, sync: sync)
        let extra = held.map { [StatedCondition.deletionHeld($0, node: settings.name)] } ?? []
        let overlap = report?.overlap.map { [StatedCondition.nodesOverlap($0)] } ?? []
        conditions = [readiness] + StatedCondition.unpressed + extra + overlap
        let amounts = sync == .synced ? report : nil
        let floor: ResourceList = readiness.isTrue ? ["cpu": .zero, "memory": .zero, "pods": .zero] : [:]
        capacity = Self.limited(floor.maximum(amounts?.capacity ?? [:]), by: settings.limits)
        allocatable = Self.limited(floor.maximum(amounts?.allocatable ?? [:]), by: settings.limits)
        addresses = Self.addresses(settings: settings)
        kubeletPort = kubelet.port
        declaredFeatures = report?.declaredFeatures
        info = Self.info(reached)
    }

    /// The same without a statement on readiness while that would only be that nothing is known yet, on a node that
    /// stands as Ready: a restart of this process must not be news to the pods of the node.
    package func holdingReadiness(of observed: JSON?) -> NodeDescription {
        guard readiness.isProvisional, Self.isReady(observed) else { return self }
        var held = self
        held.conditions.removeAll { $0.type == StatedCondition.readyType }
        return held
    }

    /// The same for a node whose pods are to be held while its cluster is lost: the origin evicts the pods of a node that
    /// is not Ready, so that one that was stays so, and says in every other way that its cluster is lost.
    ///
    /// One that says that it is detached goes on saying so until it is known whether its cluster is back. And one that was
    /// held stays so when the origin has taken Ready from it meanwhile, because nobody renewed its lease.
    package func holdingPods(of observed: JSON?) -> NodeDescription {
        let isReturning = readiness.isPassing && Self.saysDetached(observed)
        let mayBeHeld = Self.isReady(observed) || Self.saysLost(observed)
        guard holdsPods || isReturning, !readiness.isTrue, mayBeHeld else { return self }
        var held = self
        held.conditions.removeAll { $0.type == StatedCondition.readyType }
        held.conditions += StatedCondition.held(isReturning ? .detached : readiness)
        held.taints.append(Taint(key: NodeKeys.clusterLostTaint, value: "", effect: "NoSchedule"))
        return held
    }

    private static let unplacedTaint = Taint(key: NodeKeys.unplacedTaint, effect: "PreferNoSchedule")

    /// A node has one taint of a key and an effect.
    private static func unplaced(besides taints: [Taint]) -> [Taint] {
        taints.contains { $0.identity == unplacedTaint.identity } ? [] : [unplacedTaint]
    }

    /// Whether the node says that pods shall rather go elsewhere.
    static func saysUnplaced(_ observed: JSON?) -> Bool {
        let taints = observed?.at("spec", "taints")?.array ?? []
        return taints.contains { Taint($0).identity == unplacedTaint.identity }
    }

    /// Whether the node stands as one whose cluster is lost and whose pods are held.
    static func saysLost(_ observed: JSON?) -> Bool {
        observed.map(NodePatch.conditions)?[NodeKeys.clusterLost] != nil
    }

    private static func saysDetached(_ observed: JSON?) -> Bool {
        let lost = observed.map(NodePatch.conditions)?[NodeKeys.clusterLost]
        return lost?["reason"]?.string == StatedCondition.detachedReason
    }

    private static func isReady(_ observed: JSON?) -> Bool {
        let conditions = observed.map(NodePatch.conditions) ?? [:]
        return conditions[StatedCondition.readyType]?["status"]?.string == "True"
    }

    /// The same with the identity of the remote that stands on the node: the first one that was seen, or that a person
    /// wrote there.
    package func keepingRemoteID(of observed: JSON?) -> NodeDescription {
        guard let standing = observed?.at("metadata", "annotations", NodeKeys.remoteID)?.string else { return self }
        var kept = self
        kept.findings[NodeKeys.remoteID] = standing
        return kept
    }

    /// The same with the labels that the cluster's nodes were found to share, while they are not known: a restart of this
    /// process must not move a node out of its zone.
    package func keepingSharedLabels(of observed: JSON?) -> NodeDescription {
        guard !knowsSharedLabels, let observed else { return self }
        let remembered = NodePatch.remembered(NodeKeys.managedLabels, in: observed)
        var kept = self
        for key in NodeReport.sharedLabelKeys where remembered.contains(key) && !configuredLabels.contains(key) {
            kept.labels[key] = observed.at("metadata", "labels", key)?.string
            kept.passingLabels.insert(key)
        }
        return kept
    }

    /// The same with the round trip that stands on the node where the new one is no news: a distance does not change
    /// with every look, and each write of a node goes to all who watch it.
    package func keepingRoundTrip(of observed: JSON?) -> NodeDescription {
        guard
            let text = observed?.at("metadata", "annotations", NodeKeys.roundTrip)?.string,
            let standing = RoundTripText.parse(text),
            let found = findings[NodeKeys.roundTrip].flatMap(RoundTripText.parse),
            !RoundTripText.isNews(found, after: standing)
        else { return self }
        var kept = self
        kept.findings[NodeKeys.roundTrip] = text
        return kept
    }

    private static func findings(_ report: NodeReport?, _ slots: NodeSlots?) -> [String: String] {
        var result: [String: String] = [:]
        result[NodeKeys.roundTrip] = report?.roundTrip.map(RoundTripText.format)
        result[NodeKeys.remoteID] = report?.clusterID
        result[NodeKeys.largestSlot] = slots.map(SlotText.largest)
        result[NodeKeys.slots] = slots.map(SlotText.counts)
        return result
    }

    /// Conditions of ours that are there only while they have something to say.
    static let passingConditions = [NodeKeys.clusterLost, NodeKeys.deletionHeld, NodeKeys.nodesOverlap]

    /// The address types whose entries are ours.
    static let addressTypes = ["InternalIP", "Hostname"]

    private static func configuredLabels(_ settings: NodeSettings) -> [String: String] {
        var labels = settings.labels
        if let region = settings.region { labels[NodeKeys.region] = region }
        if let zone = settings.zone { labels[NodeKeys.zone] = zone }
        return labels
    }

    /// What the configuration says wins over what was found.
    private static func passingLabels(_ settings: NodeSettings, shared: [String: String]) -> [String: String] {
        var labels = shared.filter { NodeReport.sharedLabelKeys.contains($0.key) }
        if labels[NodeKeys.zone] == nil { labels[NodeKeys.zone] = settings.fallbackZone }
        return labels.merging(configuredLabels(settings)) { _, configured in configured }
    }

    /// - Parameter reached: The report if the cluster was ever reached; the system is not guessed before that.
    private static func labels(
        settings: NodeSettings,
        passing: [String: String],
        reached: NodeReport?
    ) -> [String: String] {
        var labels = [
            // Nodes that only simulate have another type: delegates may land on those.
            NodeKeys.nodeType: NodeKeys.virtualNodeType,
            "kubernetes.io/role": "agent",
            "node-role.kubernetes.io/agent": "",
            "node.kubernetes.io/exclude-from-external-load-balancers": "true",
        ]
        if let reached {
            labels[NodeKeys.os] = reached.operatingSystem
            labels[NodeKeys.arch] = reached.architecture
        }
        labels.merge(passing) { _, passing in passing }
        labels[NodeKeys.hostname] = settings.name
        labels[NodeKeys.cluster] = settings.cluster
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
