import KubeModel
import Providers

@testable import VirtualNode

/// The cluster of the examples.
func settings(
    labels: [String: String] = ["team": "blue"],
    annotations: [String: String] = ["contact": "ops@example.org"],
    taints: [Taint] = [],
    limits: ResourceList = [:],
    address: String? = "10.0.0.7"
) -> NodeSettings {
    NodeSettings(
        name: "us-east",
        region: "us",
        zone: "us-east-1",
        labels: labels,
        annotations: annotations,
        taints: taints,
        limits: limits,
        address: address,
        kubeletPort: 10251
    )
}

extension NodeDescription {
    /// With the kubelet endpoint of the examples.
    init(settings: NodeSettings, report: NodeReport?, sync: PodSyncState) {
        self.init(settings: settings, report: report, sync: sync, kubelet: .listening(port: 10251))
    }
}

func resources(_ amounts: [String: String]) throws -> ResourceList {
    try amounts.mapValues { try Quantity($0) }
}

func report(
    capacity: [String: String] = ["cpu": "8", "memory": "16Gi", "pods": "110"],
    allocatable: [String: String] = ["cpu": "7500m", "memory": "14Gi", "pods": "100"],
    version: String = "v1.31.2",
    architecture: String = "arm64",
    health: NodeHealth = .ready
) throws -> NodeReport {
    NodeReport(
        capacity: try resources(capacity),
        allocatable: try resources(allocatable),
        version: version,
        operatingSystem: "linux",
        architecture: architecture,
        health: health
    )
}

let earlier = "2026-01-02T03:04:05Z"
let later = "2026-01-02T03:09:05Z"

/// The node as an API server gives it back after it was created from `description`.
func created(_ description: NodeDescription) -> JSON {
    var node = description.object(now: earlier)
    node["metadata"]?["uid"] = "uid-1"
    node["metadata"]?["resourceVersion"] = "41"
    return node
}

/// The patch of a plan that is one.
func patch(
    _ desired: NodeDescription,
    _ observed: JSON,
    heartbeatDue: Bool = false,
    dropped: [String]? = nil
) -> NodePatch? {
    let plan = NodePlan(
        desired: desired,
        observed: observed,
        now: later,
        heartbeatDue: heartbeatDue,
        dropped: dropped
    )
    guard case .patch(let patch) = plan else { return nil }
    return patch
}
