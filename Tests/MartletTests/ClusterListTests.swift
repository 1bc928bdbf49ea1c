import Administration
import FoundationEssentials
import KubeModel
import Testing
import VirtualNode

@testable import martlet

/// The clusters of the configuration file together with those of Secrets.
@Suite struct ClusterListTests {
    private func secret(
        _ name: String,
        cluster: String? = "west",
        settings: String? = nil,
        kubeconfig: [UInt8]? = Array("clusters: []".utf8),
        format: ClusterSecret.Format = .own,
        departure: String? = nil,
        version: Int = 1
    ) throws -> ClusterSecret {
        var labels: JSON = [:]
        labels[format.label] = cluster.map { .string($0) }
        var annotations: JSON = [:]
        annotations["martlet.dev/cluster-settings"] = settings.map { .string($0) }
        annotations["martlet.dev/departure"] = departure.map { .string($0) }
        var data: JSON = [:]
        data[format.key] = kubeconfig.map { .string(Data($0).base64EncodedString()) }
        return try ClusterSecret(json: [
            "metadata": [
                "name": .string(name), "namespace": "clusters", "uid": .string(name),
                "resourceVersion": .string("\(version)"), "labels": labels, "annotations": annotations,
            ],
            "data": data,
        ])
    }

    private var list: ClusterList { ClusterList(address: "10.0.0.7") }

    @Test func `A list is complete when all have told their clusters that were to, none too`() {
        var list = ClusterList(address: nil, awaiting: [.file, .folder, .secrets])
        _ = list.want(fromFile: [])
        _ = list.want(fromFolder: [])
        #expect(!list.isComplete)
        _ = list.want(secrets: [])
        #expect(list.isComplete)
        _ = list.want(fromFile: [])
        #expect(list.isComplete)
    }

    @Test func `A Secret brings a cluster with its settings, without any too`() throws {
        var list = list
        let (clusters, problems) = list.want(secrets: [
            try secret("a", settings: "region: us\nlabels: {team: blue}\nlimits: {pods: 20}\n"),
            try secret("b", cluster: "east"),
        ])
        #expect(problems.isEmpty)
        var west = ClusterConfiguration(
            secret: ObjectKey(namespace: "clusters", name: "a"),
            node: NodeSettings(name: "west", region: "us", fallbackZone: "west", address: "10.0.0.7")
        )
        west.node.labels = ["team": "blue"]
        west.node.limits = ["pods": try Quantity("20")]
        let east = ClusterConfiguration(
            secret: ObjectKey(namespace: "clusters", name: "b"),
            node: NodeSettings(name: "east", fallbackZone: "east", address: "10.0.0.7")
        )
        #expect(clusters == [west, east])
    }

    @Test func `A cluster that leaves is none any more, and one that is detached needs no kubeconfig`() throws {
        var list = list
        let (clusters, problems) = list.want(secrets: [
            try secret("a", departure: "left"),
            try secret("b", cluster: "east", settings: "region: us", kubeconfig: nil, departure: "detached"),
        ])
        #expect(problems.isEmpty)
        #expect(clusters.map(\.name) == ["east"])
        #expect(clusters.map(\.node.isDetached) == [true])
        #expect(clusters.map(\.node.region) == ["us"])
    }

    @Test func `Of the Secrets that Cluster API makes only the kubeconfig's is one`() throws {
        var list = list
        let (clusters, problems) = list.want(secrets: [
            try secret("west-ca", format: .clusterAPI), try secret("west-kubeconfig", format: .clusterAPI),
            try secret("west-etcd", format: .clusterAPI),
        ])
        #expect(clusters.map(\.secret?.name) == ["west-kubeconfig"])
        #expect(problems.isEmpty)
    }

    /// What is wrong, and what the message names.
    @Test(
        arguments: [
            ("West", nil, "clusters: []", "the cluster's name"), ("west", nil, nil, "has no kubeconfig"),
            ("west", "colour: red", "clusters: []", "colour: unknown field"),
            ("west", "name: other", "clusters: []", "name: unknown field"),
            ("west", "taints: [", "clusters: []", "martlet.dev/cluster-settings:"),
            ("west", "region: us\nonLost: wait", "clusters: []", "martlet.dev/cluster-settings:2: onLost"),
        ] as [(String, String?, String?, String)]
    )
    func `What is wrong is told once, with the Secret and the field`(
        name: String,
        settings: String?,
        kubeconfig: String?,
        message: String
    ) throws {
        var list = list
        let broken = try secret(
            "a",
            cluster: name,
            settings: settings,
            kubeconfig: kubeconfig.map { Array($0.utf8) }
        )
        let (clusters, problems) = list.want(secrets: [broken, try secret("b", cluster: "east")])
        #expect(clusters.map(\.name) == ["east"])
        #expect(problems.map(\.reason) == ["ClusterUnusable"])
        #expect(problems.first?.message.contains("Secret clusters/a") == true)
        #expect(problems.first?.message.contains(message) == true, "\(problems)")
        #expect(list.want(secrets: [broken]).1.isEmpty)
    }

    @Test func `A cluster goes on as it was while its Secret is broken, and goes when the Secret does`() throws {
        var list = list
        let (before, _) = list.want(secrets: [try secret("a", settings: "region: us")])
        let (broken, problems) = list.want(secrets: [try secret("a", settings: "region: [", version: 2)])
        #expect(broken == before)
        #expect(problems.count == 1)
        let (mended, _) = list.want(secrets: [try secret("a", settings: "region: eu", version: 3)])
        #expect(mended.map(\.node.region) == ["eu"])
        #expect(list.want(secrets: []).0.isEmpty)
    }

    @Test func `A name is that of the file first, then of the first Secret by name`() throws {
        var list = list
        let secrets = [try secret("b"), try secret("a")]
        let (first, taken) = list.want(secrets: secrets)
        #expect(first.map(\.secret?.name) == ["a"])
        #expect(taken.map(\.place.description) == ["Secret clusters/b"])
        #expect(taken.first?.reason == "ClusterNameTaken")
        let file = ClusterConfiguration(kubeconfig: "west", node: NodeSettings(name: "west"))
        let (second, more) = list.want(fromFile: [file])
        #expect(second == [file])
        #expect(Set(more.map(\.place.description)) == ["Secret clusters/a", "Secret clusters/b"])
        #expect(list.want(fromFile: []).0.map(\.secret?.name) == ["a"])
    }

    @Test func `Other credentials are no other cluster`() throws {
        var list = list
        let (before, _) = list.want(secrets: [try secret("a")])
        let rotated = try secret("a", kubeconfig: Array("clusters: [{}]".utf8), version: 2)
        #expect(list.want(secrets: [rotated]).0 == before)
    }

    // MARK: - A folder

    private func file(_ name: String, settings: String = "", problem: String? = nil) -> ClusterOffer {
        ClusterOffer(
            place: .file("/etc/clusters/\(name).yaml"),
            name: name,
            settings: settings,
            settingsPlace: "/etc/clusters/\(name).settings.yaml",
            problem: problem.map { ConfigurationProblem(file: "\(name).yaml", line: nil, field: "", message: $0) }
        )
    }

    @Test func `A kubeconfig of a folder brings a cluster with its settings`() throws {
        var list = list
        let (clusters, problems) = list.want(fromFolder: [file("west", settings: "zone: a"), file("east")])
        #expect(problems.isEmpty)
        #expect(clusters.map(\.kubeconfig) == ["/etc/clusters/east.yaml", "/etc/clusters/west.yaml"])
        #expect(clusters.map(\.node.zone) == [nil, "a"])
        #expect(clusters.allSatisfy { $0.node.address == "10.0.0.7" && $0.secret == nil })
    }

    @Test func `A file that is broken is told with the nodes that go on as they were; a new one brings none`() throws {
        var list = list
        let (before, _) = list.want(fromFolder: [file("west", settings: "nodes: [{name: west-a}]")])
        let (broken, problems) = list.want(fromFolder: [
            file("west", problem: "no YAML"), file("east", problem: "empty"), file("far", settings: "zone: ["),
        ])
        #expect(broken == before)
        #expect(problems.map(\.nodeNames) == [[], [], ["west-a"]])
        #expect(problems.last?.message == "west.yaml: no YAML")
        #expect(list.want(fromFolder: []).0.isEmpty)
    }

    @Test func `The folder's names come after the file's and before those of Secrets, nodes counted`() throws {
        var list = list
        let configured = ClusterConfiguration(
            kubeconfig: "k",
            node: NodeSettings(name: "home"),
            nodes: [VirtualNodeConfiguration(node: NodeSettings(name: "home-gpu"))]
        )
        _ = list.want(fromFile: [configured])
        let (_, taken) = list.want(fromFolder: [file("home-gpu"), file("west")])
        #expect(taken.map(\.message) == ["The name home-gpu is that of the configuration file already."])
        let (clusters, problems) = list.want(secrets: [try secret("a", cluster: "west")])
        #expect(clusters.map(\.name) == ["home", "west"])
        #expect(clusters.last?.secret == nil)
        #expect(problems.map(\.message) == ["The name west is that of /etc/clusters/west.yaml already."])
    }

    @Test func `What is served keeps its names, whatever a newcomer would like to be called`() throws {
        var list = list
        let nodes = "nodes: [{name: west-a}]"
        let (before, _) = list.want(fromFolder: [file("west", settings: nodes)])
        let (after, problems) = list.want(fromFolder: [file("west", settings: nodes), file("copy", settings: nodes)])
        #expect(after == before)
        #expect(problems.map(\.place) == [.file("/etc/clusters/copy.yaml")])
        #expect(problems.map(\.reason) == ["ClusterNameTaken"])
        var secrets = self.list
        _ = secrets.want(secrets: [try secret("a", cluster: "west")])
        #expect(secrets.want(fromFolder: [file("west")]).0.map(\.secret?.name) == ["a"])
    }
}
