import KubeClient
import KubeModel
import Testing

extension RealContainers {
    /// New resources for containers that run. Only where kubelets can do that: API servers refuse it for a pod whose
    /// status tells no resources.
    @Suite(.enabled(if: KubernetesRelease.minor >= 33)) struct ResizeTests {}
}

extension RealContainers.ResizeTests {
    @Test("A pod is resized in place, and the origin shows what its container has now", .rows(113))
    func resize() async throws {
        try await TestSpace.with("resize") { space in
            let requests = { (cpu: String) -> JSON in ["resources": ["requests": ["cpu": .string(cpu)]]] }
            try await space.apply(Manifest.pod("web", Manifest.shellPod(Manifest.idle, container: requests("100m"))))
            try await space.pod("web", "tells its resources", within: .seconds(25)) { $0.allottedCPU == "100m" }
            let before = try await space.running(1)
            _ = try await space.origin.client.patch(
                .pods,
                namespace: space.name,
                name: "web",
                subresource: "resize",
                type: .strategicMerge,
                body: ["spec": ["containers": [Manifest.overlay(requests("250m"), on: ["name": "main"])]]]
            )
            let after = try await space.pod("web", "tells its new resources", within: .seconds(60)) {
                $0.allottedCPU == "250m"
            }
            #expect(after.restarts == 0)
            #expect(try await space.snapshot().delegateUIDs == before.delegateUIDs)
        }
    }
}

extension JSON {
    /// What the kubelet says that the first container of a pod may count on.
    fileprivate var allottedCPU: String? {
        at("status", "containerStatuses")?[0]?.at("resources", "requests", "cpu")?.string
    }
}
