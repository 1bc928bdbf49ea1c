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
        #expect(taken.map(\.secret.name) == ["b"])
        #expect(taken.first?.reason == "ClusterNameTaken")
        let file = ClusterConfiguration(kubeconfig: "west", node: NodeSettings(name: "west"))
        let (second, more) = list.want(fromFile: [file])
        #expect(second == [file])
        #expect(Set(more.map(\.secret.name)) == ["a", "b"])
        #expect(list.want(fromFile: []).0.map(\.secret?.name) == ["a"])
    }

    @Test func `Other credentials are no other cluster`() throws {
        var list = list
        let (before, _) = list.want(secrets: [try secret("a")])
        let rotated = try secret("a", kubeconfig: Array("clusters: [{}]".utf8), version: 2)
        #expect(list.want(secrets: [rotated]).0 == before)
    }
}
