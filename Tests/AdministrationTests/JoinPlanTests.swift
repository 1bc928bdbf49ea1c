import KubeClient
import KubeModel
import Testing

@testable import Administration

@Suite struct JoinPlanTests {
    private static let plan = JoinPlan(cluster: "west", settings: nil, namespace: "clusters", withKubelets: false)

    private static func node(_ providerID: String? = nil, label: String? = "west", remote: String? = "uid-west") -> JSON
    {
        var metadata: JSON = ["name": "west", "labels": [:], "annotations": [:]]
        if let label { metadata["labels"]?["martlet.dev/cluster"] = .string(label) }
        if let remote { metadata["annotations"]?["martlet.dev/remote-id"] = .string(remote) }
        var node: JSON = ["metadata": metadata, "spec": [:]]
        if let providerID { node["spec"]?["providerID"] = .string(providerID) }
        return node
    }

    private static func secret(
        _ name: String = "cluster-west",
        isJoined: Bool = true,
        remote: String? = "uid-west",
        departure: String? = nil
    ) throws -> ClusterSecret {
        var labels: JSON = ["martlet.dev/cluster": "west"]
        if isJoined { labels["martlet.dev/made-by"] = "join" }
        var annotations: JSON = [:]
        if let remote { annotations["martlet.dev/remote-id"] = .string(remote) }
        if let departure { annotations["martlet.dev/departure"] = .string(departure) }
        return try ClusterSecret(json: [
            "metadata": [
                "name": .string(name), "namespace": "clusters", "labels": labels, "annotations": annotations,
            ]
        ])
    }

    private func refusal(
        node: JSON? = nil,
        _ secrets: [ClusterSecret] = [],
        remoteID: UID = "uid-west",
        trust: ClusterAccess.Trust = .ownAuthority
    ) -> String? {
        Self.plan.refusal(
            origin: OriginView(originID: "uid-origin", node: node, secrets: secrets),
            remoteID: remoteID,
            trust: trust
        )?.description
    }

    @Test func `A name that is free, or the cluster's own, may join`() throws {
        #expect(refusal() == nil)
        #expect(refusal(trust: .systemAuthorities) == nil)
        #expect(refusal(node: Self.node(), [try Self.secret()]) == nil)
        #expect(refusal(node: Self.node("martlet://west", remote: nil), [try Self.secret(remote: nil)]) == nil)
        #expect(refusal([try Self.secret(departure: "detached")]) == nil)
    }

    @Test func `What can't be trusted may not`() {
        #expect(refusal(trust: .unverified)?.contains("insecure-skip-tls-verify") == true)
        #expect(refusal(trust: .clear)?.contains("https") == true)
    }

    @Test func `The origin itself may not, nor a name that is somebody else's`() throws {
        #expect(refusal(remoteID: "uid-origin")?.contains("origin itself") == true)
        #expect(refusal(node: Self.node("aws:///i-1"))?.contains("aws:///i-1") == true)
        #expect(refusal(node: Self.node(label: nil))?.contains("without the label") == true)
        let part = Self.node("martlet://west", label: "east", remote: nil)
        #expect(refusal(node: part)?.contains("a node of the cluster east") == true)
        #expect(refusal(node: Self.node(remote: "uid-east"))?.contains("another cluster") == true)
        #expect(refusal([try Self.secret(remote: "uid-east")])?.contains("another cluster") == true)
        #expect(refusal([try Self.secret("mine", isJoined: false)])?.contains("Secret clusters/mine") == true)
        #expect(refusal([try Self.secret(departure: "left")])?.contains("martlet leave west") == true)
    }

    @Test func `A further node's name is free where its Node is the cluster's own`() {
        func part(_ cluster: String?, providerID: String = "martlet://west-a") -> JSON {
            var node: JSON = ["metadata": ["name": "west-a"], "spec": ["providerID": .string(providerID)]]
            node["metadata"]?["labels"] = cluster.map { ["martlet.dev/cluster": .string($0)] }
            return node
        }
        #expect(Self.plan.refusal(of: part("west")) == nil)
        #expect(Self.plan.refusal(of: part("east"))?.description.contains("a node of the cluster east") == true)
        #expect(Self.plan.refusal(of: part(nil, providerID: "aws:///i-1"))?.description.contains("aws:///i-1") == true)
    }

    @Test func `The Secret keeps its settings unless others are given`() {
        let kept = Self.plan.secret(kubeconfig: Secret("text"), remoteID: "uid-west").object
        #expect(kept.at("metadata", "annotations")?["martlet.dev/cluster-settings"] == nil)
        #expect(kept.at("data", "kubeconfig") == "dGV4dA==")
        let plan = JoinPlan(cluster: "west", settings: "region: us\n", namespace: "clusters", withKubelets: false)
        let given = plan.secret(kubeconfig: nil, remoteID: "uid-west").object
        #expect(given.at("metadata", "annotations", "martlet.dev/cluster-settings") == "region: us\n")
        #expect(given["data"] == nil)
    }
}
