import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing

extension ClusterTests {
    @Test(
        "A cluster leaves and joins with the configuration file, its pods run on, and the others notice nothing",
        .rows(1, 21, 100)
    )
    func comeAndGo() async throws {
        try await TestSpace.with("joining") { space in
            let (fleet, file) = (space.fleet, try ConfigurationOnDisk(of: space.fleet))
            let pod = Manifest.podSpec(Manifest.cluster("eu-central"))
            try await space.apply(Manifest.deployment(replicas: 2, pod: pod))
            let before = try await space.running(2)
            let (others, process) = (try await fleet.nodes(["us-east", "us-west"]), await fleet.martlet.processID)
            try await file.without("eu-central", of: fleet) {
                try await holds("nobody makes the node again", for: .seconds(3)) {
                    try await space.origin.find(.nodes, "eu-central") == nil
                }
                #expect(try await fleet.nodes(ofRegion: "eu") == [])
                #expect(try await fleet.remote("eu-central").pods(in: space.name).count == 2)
            }
            try await eventually("the region's label selects the cluster that came", within: .seconds(5)) {
                try await fleet.nodes(ofRegion: "eu")
            } until: {
                $0 == ["node/eu-central"]
            }
            #expect(try await fleet.nodes(ofRegion: "us") == ["node/us-east", "node/us-west"])
            try await fleet.nodesReady(["eu-central"], within: .seconds(5))
            let after = try await space.running(2)
            #expect(after.delegateUIDs == before.delegateUIDs)
            #expect(try await fleet.nodes(["us-east", "us-west"]).map(\.uid) == others.map(\.uid))
            #expect(
                try await fleet.nodes(["us-east", "us-west"]).allSatisfy { old in
                    others.contains { $0.readySince == old.readySince }
                }
            )
            #expect(await fleet.martlet.processID == process)
        }
    }

    @Test(
        "Started again with a cluster renamed, martlet serves it as another node, and the old one's delegates stay",
        .rows(21, 83)
    )
    func renamed() async throws {
        try await TestSpace.with("renamed") { space in
            let (fleet, file) = (space.fleet, try ConfigurationOnDisk(of: space.fleet))
            try await space.origin.kubectl(["-n", space.name] + ReferredKind.configMap.creation)
            try await space.apply(Manifest.deployment(replicas: 2, pod: ReferredKind.configMap.podSpec))
            let before = try await space.running(2)
            let cluster = try await fleet.node("us-east").annotation("martlet.dev/remote-id")
            try await fleet.repaired {
                await fleet.martlet.stop()
                try await file.with {
                    $0[0]["name"] = "us-renamed"
                } during: {
                    try await fleet.martlet.start()
                    try await fleet.nodesReady(["us-renamed", "us-west", "eu-central"])
                    try await eventually("the node says that it is the same cluster") {
                        try await fleet.node("us-renamed").annotation("martlet.dev/remote-id") == cluster
                    }
                    try await space.apply(Manifest.pod("new", Manifest.podSpec(Manifest.cluster("us-renamed"))))
                    try await space.pod("new", "runs by the new name", until: \.isReady)
                    try await holds("the others stay, with what they refer to", for: .seconds(3)) {
                        try await space.standsUntouched(before, in: fleet.remote("us-east"), beside: "new")
                    }
                    try await space.kubectl("delete", "pod", "new", "--wait=false")
                    try await eventually("the pod by the new name is gone") {
                        try await space.origin.pod("new", in: space.name) == nil
                    }
                    await fleet.martlet.stop()
                }
            }
            try await space.origin.kubectl("delete", "node", "us-renamed")
            let after = try await space.running(2)
            #expect(after.podUIDs == before.podUIDs)
            #expect(after.delegateUIDs == before.delegateUIDs)
        }
    }

    @Test(
        "A configuration that is broken is told with file, line and field, and changes nothing; mended, it counts",
        .rows(21)
    )
    func brokenAndMended() async throws {
        try await TestSpace.with("mended") { space in
            let (fleet, file) = (space.fleet, try ConfigurationOnDisk(of: space.fleet))
            try await space.apply(Manifest.deployment(replicas: 2, pod: Manifest.podSpec(Manifest.cluster("us-west"))))
            let before = try await space.running(2)
            try await file.with {
                $0[0]["taints"] = "none"
            } during: {
                try await eventually("the log tells what is wrong") {
                    fleet.martlet.logText().contains("martlet.yaml:1: clusters[0].taints: must be a list")
                }
                try await holds("all nodes stay ready", for: .seconds(2)) {
                    try await fleet.nodes(fleet.remotes.map(\.name)).allSatisfy { $0.isReady }
                }
            }
            try await file.with {
                $0[1]["labels"] = ["example.com/tier": "gold"]
            } during: {
                await fleet.martlet.hangUp()
                try await eventually("the node has its new label") {
                    try await fleet.node("us-west").label("example.com/tier") == "gold"
                }
                try await space.origin.kubectl("label", "node", "us-west", "example.com/tier-")
                try await eventually("the label is back that somebody took off") {
                    try await fleet.node("us-west").label("example.com/tier") == "gold"
                }
                #expect(try await space.running(2).delegateUIDs == before.delegateUIDs)
            }
            try await eventually("the label is gone with its line") {
                try await fleet.node("us-west").label("example.com/tier") == nil
            }
            let told = fleet.martlet.logText().count
            await fleet.martlet.hangUp()
            try await fleet.log(after: told, contains: "The configuration has not changed")
            try await fleet.nodesReady()
        }
    }

    @Test(
        "A cluster that the file taints takes only pods that tolerate it, and has no more room than its limits",
        .rows(84)
    )
    func taintedAndLimited() async throws {
        try await TestSpace.with("tainted") { space in
            let (fleet, file) = (space.fleet, try ConfigurationOnDisk(of: space.fleet))
            try await file.with {
                $0[1]["taints"] = [["key": "example.com/only", "effect": "NoSchedule"]]
                $0[1]["limits"] = ["pods": "5"]
            } during: {
                try await eventually("the node has the taint, and room for no more than the limit") {
                    try await fleet.node("us-west")
                } until: {
                    $0.taintKeys == ["example.com/only"] && $0.at("status", "allocatable", "pods") == "5"
                }
                let tolerating: JSON = ["tolerations": [["key": "example.com/only", "operator": "Exists"]]]
                let pod = Manifest.podSpec(Manifest.overlay(tolerating, on: Manifest.cluster("us-west")))
                try await space.apply(Manifest.deployment("plain", replicas: 10))
                try await space.apply(Manifest.deployment("tolerating", replicas: 6, pod: pod))
                #expect(try await space.running(10, app: "plain").counts["us-west"] == nil)
                try await eventually("five tolerate the taint, and the limit keeps the sixth away") {
                    try await space.origin.list(.pods, namespace: space.name).filter {
                        $0.at("metadata", "labels", "app") == "tolerating" && $0.isReady
                    }.count
                } until: {
                    $0 == 5
                }
                try await eventually("the sixth is told why") {
                    try await space.origin.list(.pods, namespace: space.name).contains {
                        $0.condition("PodScheduled")?["message"]?.string?.contains("Too many pods") == true
                    }
                }
                try await space.origin.kubectl("taint", "node", "us-west", "example.com/hand=yes:PreferNoSchedule")
                try await space.origin.kubectl("taint", "node", "us-west", "example.com/only-")
                try await eventually("the taint is back that somebody took off, beside the other") {
                    try await fleet.node("us-west").taintKeys == ["example.com/hand", "example.com/only"]
                }
            }
            try await eventually("what was set by hand is left, and there is room as before") {
                try await fleet.node("us-west")
            } until: {
                $0.taintKeys == ["example.com/hand"] && $0.at("status", "allocatable", "pods") == "330"
            }
            try await space.origin.kubectl("taint", "node", "us-west", "example.com/hand-")
            try await fleet.nodesReady()
        }
    }
}

/// The configuration file of a fleet's martlet, which a test changes for a while.
struct ConfigurationOnDisk {
    private let path: String
    private let original: String

    init(of fleet: Fleet) throws {
        path = fleet.configuration
        original = try String(contentsOfFile: path, encoding: .utf8)
    }

    /// The kubeconfig of a cluster of the file.
    func kubeconfig(of cluster: String) throws -> String {
        try String(contentsOfFile: try kubeconfigPath(of: cluster), encoding: .utf8)
    }

    /// Where that one stands.
    func kubeconfigPath(of cluster: String) throws -> String {
        let clusters = try JSON.parse(original)["clusters"]?.array ?? []
        return try #require(clusters.first { $0["name"]?.string == cluster }?["kubeconfig"]?.string)
    }

    /// Changes the clusters in the file, and has the file as it was afterwards, whatever happens.
    func with(_ change: (inout [JSON]) -> Void, during body: () async throws -> Void) async throws {
        var configuration = try JSON.parse(original)
        var clusters = configuration["clusters"]?.array ?? []
        change(&clusters)
        configuration["clusters"] = .array(clusters)
        try write(configuration.text)
        do {
            try await body()
        } catch {
            try write(original)
            throw error
        }
        try write(original)
    }

    /// Takes a cluster out of the file for a while, and its Node out of the origin once it is no longer served.
    func without(_ cluster: String, of fleet: Fleet, _ body: () async throws -> Void) async throws {
        let told = fleet.martlet.logText().count
        try await with { clusters in
            clusters.removeAll { $0["name"]?.string == cluster }
        } during: {
            try await eventually("the cluster is no longer served") {
                fleet.martlet.logText().dropFirst(told).contains("No longer serving the cluster")
            }
            try await fleet.origin.kubectl("delete", "node", cluster)
            try await body()
        }
    }

    private func write(_ text: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
}

extension Fleet {
    /// What kubectl lists of a region.
    func nodes(ofRegion region: String) async throws -> [String] {
        let selector = "topology.kubernetes.io/region=\(region)"
        let text = try await origin.kubectl("get", "nodes", "-l", selector, "-o", "name")
        return text.split(separator: "\n").map(String.init).sorted()
    }

    fileprivate func nodes(_ names: [String]) async throws -> [JSON] {
        var nodes: [JSON] = []
        for name in names { nodes.append(try await node(name)) }
        return nodes
    }
}

extension TestSpace {
    /// Whether a remote has the delegates that it had, none of them to go, and one other pod, and the copy "settings".
    fileprivate func standsUntouched(
        _ before: Snapshot,
        in remote: FleetCluster,
        beside other: String
    ) async throws -> Bool {
        let pods = try await remote.pods(in: name)
        let copy = try await remote.find(.configMaps, "settings", in: name)
        return Set(pods.filter { $0.name != other }.map(\.uid)) == before.delegateUIDs
            && pods.allSatisfy { !$0.isTerminating } && pods.contains { $0.name == other } && copy != nil
    }
}

extension JSON {
    /// Since when a node has been Ready, or not.
    fileprivate var readySince: String? { condition("Ready")?["lastTransitionTime"]?.string }
}
