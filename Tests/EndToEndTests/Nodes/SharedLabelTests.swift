import KubeClient
import KubeModel
import Testbed
import Testing

extension ClusterTests {
    @Test(
        "A node has the labels that all of its cluster's nodes share, as long as they do, but the configuration's first",
        .rows(1)
    )
    func sharedLabels() async throws {
        let fleet = Fleet.current
        let (european, american) = (fleet.remote("eu-central"), fleet.remote("us-west"))
        let names = try await european.list(.nodes).map(\.name).sorted()
        try await withCleanUp({ try await SharedLabels.take(from: [european, american], in: fleet) }) {
            for remote in [european, american] { try await SharedLabels.give(to: remote) }
            // Of the one cluster the file says the region, of the other the zone too: that stays.
            try await fleet.node(european.name, has: .init(region: "eu", zone: "zone-1", type: "m5"))
            try await fleet.node(american.name, has: .init(region: "us", zone: "us-west-a", type: "m5"))
            try await european.kubectl("label", "node", names[0], "--overwrite", "\(SharedLabels.zone)=zone-2")
            // The cluster is a zone of its own where its nodes have none in common.
            try await fleet.node(european.name, has: .init(region: "eu", zone: "eu-central", type: "m5"))
            try await european.kubectl("label", "node", names[0], "\(SharedLabels.type)-")
            try await fleet.node(european.name, has: .init(region: "eu", zone: "eu-central", type: nil))
            try await european.kubectl("label", "node", names[0], "\(SharedLabels.type)=m5")
            try await fleet.node(european.name, has: .init(region: "eu", zone: "eu-central", type: "m5"))

            try await ConfigurationOnDisk(of: fleet).with {
                $0[2]["labels"] = [SharedLabels.type: "mixed"]
            } during: {
                try await fleet.node(european.name, has: .init(region: "eu", zone: "eu-central", type: "mixed"))
            }
            try await fleet.node(european.name, has: .init(region: "eu", zone: "eu-central", type: "m5"))
        }
        try await fleet.nodesReady()
    }
}

/// What nodes say of where and what they are.
private struct SharedLabels: Equatable, CustomStringConvertible {
    static let region = "topology.kubernetes.io/region"
    static let zone = "topology.kubernetes.io/zone"
    static let type = "node.kubernetes.io/instance-type"

    let region: String?
    let zone: String?
    let type: String?

    init(region: String?, zone: String?, type: String?) {
        self.region = region
        self.zone = zone
        self.type = type
    }

    init(of node: JSON) {
        region = node.label(Self.region)
        zone = node.label(Self.zone)
        type = node.label(Self.type)
    }

    var description: String { "region \(region ?? "-"), zone \(zone ?? "-"), type \(type ?? "-")" }

    /// All at once, on each node of a remote: whoever shows one of them has seen the others.
    static func give(to remote: FleetCluster) async throws {
        let labels = ["\(region)=elsewhere", "\(zone)=zone-1", "\(type)=m5"]
        try await remote.kubectl(["label", "node", "--all", "--overwrite"] + labels)
    }

    /// Returns when their virtual nodes are as they were.
    static func take(from remotes: [FleetCluster], in fleet: Fleet) async throws {
        let removals = [region, zone, type].map { "\($0)-" }
        for remote in remotes {
            try await remote.kubectl(["label", "node", "--all"] + removals)
            try await eventually("\(remote.name) has nothing of its nodes' labels any more") {
                SharedLabels(of: try await fleet.node(remote.name))
            } until: {
                $0.type == nil && $0.zone != "zone-1" && $0.region != "elsewhere"
            }
        }
    }
}

extension Fleet {
    /// Waits until a virtual node has exactly these labels.
    fileprivate func node(_ name: String, has labels: SharedLabels) async throws {
        try await eventually("\(name) has \(labels)") {
            SharedLabels(of: try await node(name))
        } until: {
            $0 == labels
        }
    }
}
