import KubeClient
import KubeModel
import TestSupport
import Testing

@testable import Administration

@Suite(.timeLimit(.minutes(1))) struct NodeExplanationTests {
    private let origin = ScriptedCluster("origin")

    private func explain(_ name: String = "us-east", asJSON: Bool = false) async throws -> String {
        try await ExplainCommand(.node(name), namespace: "", client: origin.client()).run(asJSON: asJSON)
    }

    private func facts(_ change: (inout JSON) -> Void = { _ in }, pods: [JSON] = []) throws -> NodeFacts {
        var json = virtualNode()
        change(&json)
        let node = try Node(json: json)
        let row = ClusterRow(node: node, lease: nil, load: NodeLoad(), now: .zero)
        return NodeFacts(node: node, since: [:], row: row, pods: pods)
    }

    @Test func `The verdict is the first line, and room, slots and what is on the node follow`() async throws {
        var node = virtualNode(
            ready: "False",
            reason: "RemoteUnreachable",
            message: "Cluster us-east can't be reached."
        )
        node["spec"]?["unschedulable"] = true
        node["spec"]?["taints"] = [["key": "example.com/gpu", "value": "yes", "effect": "NoExecute"]]
        origin.put(node)
        for (name, phase) in [("web", "Running"), ("late", "Pending"), ("done", "Succeeded")] {
            origin.put(boundPod(name, phase: phase))
        }
        origin.put(boundPod("elsewhere", on: "eu"))
        let text = try await explain()
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "us-east is lost and cordoned: RemoteUnreachable: Cluster us-east can't be reached.")
        #expect(lines[1].hasPrefix("What to do: See its API server"))
        for words in [
            "v1.31.2", "False for", "it is cordoned", "taint example.com/gpu=yes:NoExecute", "cpu 1 of 96",
            "memory 2Gi of 376Gi", "pods 2 of 330", "480 of 100m/128Mi",
            "the largest single place has cpu 31.5, memory 120Gi", "1 Pending, 1 Running, 1 Succeeded",
            "shop/late Pending: martlet explain pod/late -n shop",
        ] {
            #expect(text.contains(words), "\(words) in\n\(text)")
        }
        #expect(!text.contains("elsewhere") && !text.contains("pod/web"))
        let json = try JSON.parse(Array(try await explain(asJSON: true).utf8))
        #expect(json.at("cluster", "state") == "lost")
        #expect(json["waiting"] == ["shop/late"])
        #expect(json.at("phases", "Running") == 1)
    }

    @Test func `A node of others is none of martlet's, and one that is not there the server's word`() async throws {
        origin.put(["apiVersion": "v1", "kind": "Node", "metadata": ["name": "real"]])
        let refusal = await #expect(throws: Refusal.self) { try await explain("real") }
        #expect(refusal?.description.contains("none of martlet's") == true)
        let missing = await #expect(throws: APIError.self) { try await explain("moon") }
        #expect(missing?.code == .notFound)
    }

    @Test func `What may not be seen is said, and the rest is told`() async throws {
        origin.put(virtualNode())
        for resource in ["pods", "leases", "events"] {
            origin.fault(.refuse(403, reason: "Forbidden", message: "may not")) { $0.resource == resource }
        }
        let text = try await explain()
        #expect(text.hasPrefix("us-east is healthy."))
        #expect(text.contains("cpu ? of 96"))
        for words in ["the lease of node us-east: may not", "the pods on it: may not", "the events about it: may not"] {
            #expect(text.contains(words), "\(words) in\n\(text)")
        }
    }

    /// The status and the reason of Ready, and the beginning of what to do.
    @Test(arguments: [
        ("True", "KubeletReady", "Nothing."), ("True", "RemoteBusy", "It is used all the same."),
        ("True", "CapacityAssumed", "martlet check us-east names each right"),
        ("False", "RemoteForbidden", "martlet check us-east names each right"),
        ("False", "RemoteUnauthorized", "Renew its credentials"),
        ("False", "RemoteChanged", "If that cluster is meant"),
        ("False", "RemoteUnreachable", "See its API server"), ("False", "Synchronizing", "Wait"),
        ("False", "Something", "martlet check us-east looks at it"),
        ("Unknown", "NodeStatusUnknown", "See martlet itself"),
    ])
    func `Each reason has its advice`(status: String, reason: String, advice: String) throws {
        let node = try Node(json: virtualNode(ready: status, reason: reason))
        let row = ClusterRow(node: node, lease: nil, load: nil, now: .zero)
        let verdict = NodeVerdict(NodeFacts(node: node, since: [:], row: row))
        #expect(verdict.advice.hasPrefix(advice), "\(verdict.advice)")
    }

    @Test func `A healthy node says what keeps pods off it`() throws {
        let soft: JSON = ["key": "a", "effect": "PreferNoSchedule"]
        #expect(NodeVerdict(try facts { $0["spec"]?["taints"] = [soft] }).advice == "Nothing.")
        let hard: JSON = ["key": "a", "effect": "NoSchedule"]
        let tainted = NodeVerdict(try facts { $0["spec"]?["taints"] = [soft, hard] })
        #expect(tainted.advice == "Nothing, unless pods should go there: taint a:NoSchedule.")
        let full = try facts { $0["metadata"]?["annotations"]?["martlet.dev/largest-slot"] = "cpu=0,memory=0,pods=0" }
        #expect(NodeVerdict(full).advice.contains("no single place is free"))
    }

    @Test func `Pods that do not run are named, some of them`() throws {
        let pods = (1...12).map { boundPod("p\($0)", phase: "Pending") }
        let facts = try facts(pods: pods)
        let text = NodeExplanationText(facts: facts, verdict: NodeVerdict(facts), now: .zero).text
        #expect(text.contains("12 Pending") && text.contains("shop/p10 Pending"))
        #expect(!text.contains("shop/p11 ") && text.contains("and 2 more that do not run"))
    }
}
