import KubeClient
import KubeModel
import TestSupport
import Testing

@testable import Administration

/// What is found of ways that nothing else of a check takes: to kubelet endpoints, and to a metrics API.
@Suite(.timeLimit(.minutes(1))) struct ReachCheckTests {
    /// An origin, or a remote, that allows everything or nothing.
    private func cluster(allowing isAllowed: Bool = true) -> ScriptedCluster {
        let cluster = ScriptedCluster("west")
        cluster.fault(.answer(["status": ["allowed": .bool(isAllowed)]])) {
            $0.resource == "selfsubjectaccessreviews"
        }
        return cluster
    }

    private func findings(_ origin: ScriptedCluster, _ nodes: String...) async throws -> [Finding] {
        try await KubeletEndpointCheck(origin: origin.client()).findings(of: nodes, within: .seconds(30))
    }

    @Test func `Kubelet endpoints are asked for their health by way of the origin`() async throws {
        let origin = cluster()
        origin.fault(.answer("ok")) { $0.resource == "nodes/proxy" && $0.key.name == "east-cpu" }
        origin.fault(.bare(503)) { $0.resource == "nodes/proxy" }
        let findings = try await findings(origin, "east-cpu", "east-gpu")
        #expect(findings.map(\.check) == ["kubelet endpoint of east-cpu", "kubelet endpoint of east-gpu"])
        #expect(findings.map(\.result) == [.ok, .warning])
        #expect(findings[1].detail.contains("nothing here"), "the words of who is on the way")
        #expect(findings[1].remedy.contains("node.address"))
        #expect(origin.requests(.get, "nodes/proxy").map(\.key.name).sorted() == ["east-cpu", "east-gpu"])
    }

    @Test func `A node that is not there yet has no endpoint`() async throws {
        let findings = try await findings(cluster(), "west")
        #expect(findings.map(\.check) == ["kubelet endpoint"])
        #expect(findings.map(\.result) == [.warning])
        #expect(findings.map(\.remedy) == ["martlet run makes it"])
    }

    @Test func `Who may not use nodes/proxy does not ask`() async throws {
        let origin = cluster(allowing: false)
        let findings = try await findings(origin, "west")
        #expect(findings.map(\.result) == [.optional])
        #expect(findings[0].remedy.contains("--kubeconfig"))
        #expect(origin.requests(.get, "nodes/proxy").isEmpty)
    }

    @Test func `An origin that is away or hangs is no fault of the endpoints`() async throws {
        let away = ScriptedCluster("origin")
        away.fault(.unreachable) { _ in true }
        #expect(try await findings(away, "west").map(\.result) == [.warning])
        let slow = cluster()
        slow.fault(.answer("ok")) { $0.resource == "nodes/proxy" && $0.key.name == "east" }
        slow.fault(.hold) { $0.resource == "nodes/proxy" }
        let check = KubeletEndpointCheck(origin: slow.client())
        let found = try await check.findings(of: ["west", "east"], within: .seconds(1))
        #expect(found.map(\.result) == [.warning, .ok], "one that hangs hides no other")
        #expect(found[0].detail.contains("no answer within"))
    }

    /// What stands in the report of a remote of the metrics API.
    private func metrics(_ remote: ScriptedCluster) async throws -> Finding? {
        let check = ClusterCheck(
            cluster: "west",
            access: try KubeConfig.parse(yaml: kubeconfig, file: "test", environment: [:]),
            client: remote.client(),
            roles: [.remote, .remoteKubelets],
            features: []
        )
        return try await check.run(within: .seconds(30)).findings.first { $0.check == "metrics API" }
    }

    @Test func `A metrics API is looked for only where kubelets may not be asked`() async throws {
        #expect(try await metrics(cluster()) == nil)
        let without = try #require(try await metrics(cluster(allowing: false)))
        #expect(without.result == .optional)
        #expect(without.remedy.contains("metrics-server") && without.remedy.contains("remote-kubelets.yaml"))
        let serving = cluster(allowing: false)
        serving.fault(.answer(["resources": [["name": "pods", "kind": "PodMetrics"]]])) { $0.resource.isEmpty }
        #expect(try await metrics(serving)?.result == .ok)
        let broken = cluster(allowing: false)
        broken.fault(.bare(503)) { $0.resource.isEmpty }
        let found = try #require(try await metrics(broken))
        #expect(found.result == .optional)
        #expect(found.remedy.contains("v1beta1.metrics.k8s.io"))
    }
}
