import KubeClient
import KubeModel
import Testing

extension DelegationTests {
    /// The nine checks of virtual-kubelet's importable suite (`test/e2e` of virtual-kubelet 1.11), by their names there.
    /// Here: `TestGetPods`, `TestPodLifecycleGracefulDelete`, `TestPodLifecycleForceDelete`,
    /// `TestCreatePodWithOptionalInexistentSecrets`, `…OptionalInexistentConfigMap`, `…MandatoryInexistentSecrets` and
    /// `…MandatoryInexistentConfigMap`; `TestGetStatsSummary` and `TestGetMetricsResource` are where the metrics are.
    ///
    /// Its traps: names and UIDs are the origin's; images (`foo`, `bar`) that nobody could pull, which simulated nodes
    /// do not mind; a pod is out of sight as soon as its end was asked for, long before its grace is over, and when its
    /// object went at once too; what waits for a mandatory object has not started; reasons are to the letter.
    @Suite struct ImportableSuiteTests {}
}

extension DelegationTests.ImportableSuiteTests {
    @Test("TestGetPods", .rows(92))
    func getPods() async throws {
        try await TestSpace.with("vkgetpods") { space in
            let pod = try await space.started("nginx")
            let node = try #require(pod.at("spec", "nodeName")?.string)
            for list in ["runningpods/", "pods"] {
                let found = try await space.kubeletPods(list, of: node).filter { $0.namespace == space.name }
                #expect(found.map(\.name) == ["nginx"])
                #expect(found.map(\.uid) == [pod.uid])
            }
        }
    }

    @Test("TestPodLifecycleGracefulDelete and TestPodLifecycleForceDelete", .rows(92), arguments: [nil, 0] as [Int?])
    func delete(grace: Int?) async throws {
        try await TestSpace.with("vkdelete") { space in
            // Longer than all looks of this test together: what is seen of it is seen while it ends.
            let pod = try await space.started("foo", ["simulated.martlet.dev/stop-seconds": "20"])
            let node = try #require(pod.at("spec", "nodeName")?.string)
            #expect(try await space.isRunning("foo", on: node))
            let force = grace.map { ["--grace-period=\($0)", "--force"] } ?? []
            try await space.origin.kubectl(["-n", space.name, "delete", "pod/foo", "--wait=false"] + force)
            try await eventually("the kubelet has it no more", within: .seconds(5)) {
                try await !space.isRunning("foo", on: node)
            }
            if grace == nil {
                let ending = try #require(await space.origin.pod("foo", in: space.name))
                #expect(ending.uid == pod.uid)
                #expect(ending.isTerminating)
                #expect(ending.at("metadata", "deletionGracePeriodSeconds") == 30)
                #expect(ending.phase == "Running")
            }
            try await space.empty()
        }
    }

    @Test(
        "TestCreatePodWithOptionalInexistentSecrets and …OptionalInexistentConfigMap",
        .rows(92, 93),
        arguments: [ReferredKind.configMap, .secret]
    )
    func optional(kind: ReferredKind) async throws {
        try await TestSpace.with("vkoptional") { space in
            try await space.apply(Manifest.pod("bar", kind.podSpec(isOptional: true)))
            try await space.pod("bar", "is ready") { $0.isReady }
            try await space.event(about: "bar", containing: "Optional\(kind.rawValue)NotFound: ")
        }
    }

    @Test(
        "TestCreatePodWithMandatoryInexistentSecrets and …MandatoryInexistentConfigMap",
        .rows(92, 93),
        arguments: [ReferredKind.configMap, .secret]
    )
    func mandatory(kind: ReferredKind) async throws {
        try await TestSpace.with("vkmandatory") { space in
            try await space.apply(Manifest.pod("baz", kind.podSpec(isOptional: false)))
            try await space.event(about: "baz", containing: "Mandatory\(kind.rawValue)NotFound: ")
            #expect(try await !space.isRunning("baz", on: "us-east"))
            #expect(try await space.kubeletPods("pods", of: "us-east").contains { $0.namespace == space.name })
        }
    }
}

extension TestSpace {
    /// A pod of an image that nobody could pull, once it is ready.
    fileprivate func started(_ name: String, _ annotations: JSON = [:]) async throws -> JSON {
        let spec: JSON = ["containers": [["name": "main", "image": "foo"]]]
        let placed = Manifest.overlay(Manifest.cluster("us-east"), on: spec)
        try await apply(Manifest.pod(name, annotations: annotations, placed))
        return try await pod(name, "is ready") { $0.isReady }
    }

    /// A list of the node's kubelet, through the origin's API server.
    fileprivate func kubeletPods(_ list: String, of node: String) async throws -> [JSON] {
        let text = try await kubectl("get", "--raw", "/api/v1/nodes/\(node)/proxy/\(list)")
        return try JSON.parse(Array(text.utf8))["items"]?.array ?? []
    }

    fileprivate func isRunning(_ pod: String, on node: String) async throws -> Bool {
        try await kubeletPods("runningpods/", of: node).contains { $0.namespace == name && $0.name == pod }
    }
}

extension JSON {
    fileprivate var namespace: String? { at("metadata", "namespace")?.string }
}
