import KubeModel
import Observability
import Providers
import Testing

@testable import VirtualNode

/// What the Node says of the places for single pods, and of the labels that its cluster's nodes share.
@Suite struct SlotTests {
    private func slots(_ cpu: String) throws -> NodeSlots {
        NodeSlots(free: [try resources(["cpu": cpu, "memory": "3Gi", "pods": "98"])])
    }

    @Test func `The places are told as annotations`() throws {
        let description = NodeDescription(
            settings: settings(),
            report: try report(),
            sync: .synced,
            kubelet: .closed,
            slots: try slots("1500m")
        )
        let annotations = created(description).at("metadata", "annotations")
        #expect(annotations?["martlet.dev/largest-slot"] == "cpu=1500m,memory=3Gi,pods=98")
        #expect(annotations?["martlet.dev/slots"] == "100m/128Mi=15,500m/512Mi=3,2/4Gi=0,8/32Gi=0")
    }

    @Test func `They are looked at when it is time, and what was found stays when nothing is`() throws {
        let metrics = MetricsRegistry()
        var gauge = SlotGauge(cluster: "us-east", interval: .seconds(10), metrics: metrics)
        var (found, looks) = (try slots("1500m") as NodeSlots?, 0)
        func look(_ seconds: Int) -> Duration? {
            gauge.look(at: .seconds(seconds)) {
                looks += 1
                return found
            }
        }
        #expect(look(1000) == .seconds(10))
        #expect(metrics.text().contains(#"martlet_cluster_slots{cluster="us-east",shape="500m/512Mi"} 3"#))
        #expect(metrics.text().contains(#"martlet_cluster_largest_slot{cluster="us-east",resource="cpu"} 1.5"#))
        found = nil
        #expect(look(1004) == .seconds(6))
        #expect(looks == 1)
        #expect(look(1010) == nil)
        #expect(looks == 2)
        #expect(gauge.slots == (try slots("1500m")))
        _ = look(500)
        #expect(looks == 3, "a clock that went back does not stop it")
    }

    @Test func `A resource that is gone has no room, and a cluster can't name them without end`() throws {
        let metrics = MetricsRegistry()
        var gauge = SlotGauge(cluster: "us-east", interval: .seconds(10), metrics: metrics)
        func look(_ seconds: Int, _ free: ResourceList) {
            _ = gauge.look(at: .seconds(seconds)) { NodeSlots(free: [free]) }
        }
        look(1000, try resources(["cpu": "1", "a.example/gpu": "3"]))
        look(1010, try resources(["cpu": "1"]))
        #expect(metrics.text().contains(#"{cluster="us-east",resource="a.example/gpu"} 0"#))
        for round in 1...9 {
            let names = (1...9).map { "b.example/\(round)-\($0)" }
            look(1010 + 10 * round, try resources(Dictionary(uniqueKeysWithValues: names.map { ($0, "1") })))
        }
        let told = metrics.text().split(separator: "\n").filter { $0.hasPrefix("martlet_cluster_largest_slot{") }
        #expect(told.count == 32)
    }

    // MARK: - Labels

    private func description(_ shared: [String: String]?, zone: String? = nil) throws -> NodeDescription {
        var found = try report()
        found.sharedLabels = shared
        let settings = NodeSettings(name: "us-east", region: "us", zone: zone, fallbackZone: "us-east")
        return NodeDescription(settings: settings, report: found, sync: .synced)
    }

    @Test func `Labels that all nodes share are the node's, where the configuration says nothing else`() throws {
        let shared = [
            "topology.kubernetes.io/region": "theirs", "topology.kubernetes.io/zone": "a",
            "node.kubernetes.io/instance-type": "m5", "kubernetes.io/hostname": "one",
        ]
        let labels = try description(shared).labels
        #expect(labels["topology.kubernetes.io/region"] == "us")
        #expect(labels["topology.kubernetes.io/zone"] == "a")
        #expect(labels["node.kubernetes.io/instance-type"] == "m5")
        #expect(labels["kubernetes.io/hostname"] == "us-east")
        #expect(try description(shared, zone: "mine").labels["topology.kubernetes.io/zone"] == "mine")
        #expect(try description([:]).labels["topology.kubernetes.io/zone"] == "us-east")
    }

    @Test func `A label that is shared no longer goes, and one of which nothing is known stays`() throws {
        let instanceType = "node.kubernetes.io/instance-type"
        let node = created(try description([instanceType: "m5", "topology.kubernetes.io/zone": "a"]))
        let unknown = try description(nil).keepingSharedLabels(of: node)
        #expect(patch(unknown, node)?.object == nil)
        let gone = try description([:]).keepingSharedLabels(of: node)
        let labels = patch(gone, node)?.object?.at("metadata", "labels")
        #expect(labels?[instanceType] == .null)
        #expect(labels?["topology.kubernetes.io/zone"] == "us-east")
    }
}
