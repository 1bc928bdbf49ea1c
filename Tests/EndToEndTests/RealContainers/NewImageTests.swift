import KubeModel
import Testing

extension RealContainers {
    /// What becomes of a container when its pod changes in place.
    @Suite struct NewImageTests {}
}

extension RealContainers.NewImageTests {
    @Test("A container is started again with the image that its pod is given, in the same delegate", .rows(24, 113))
    func image() async throws {
        try await TestSpace.with("newimage") { space in
            let spec = Manifest.shellPod(Manifest.idle, Manifest.cluster("us-east"))
            try await space.apply(Manifest.pod("web", spec))
            let before = try await space.running(1, within: .seconds(25))
            try await space.kubectl("set", "image", "pod/web", "main=localhost/kubectl:1")
            let pod = try await space.pod("web", "runs the other image", within: .seconds(40)) {
                $0.isReady && $0.restarts == 1 && $0.firstContainer?["image"]?.string == "localhost/kubectl:1"
            }
            #expect(pod.uid == before.pods[0].uid)
            #expect(pod.firstContainer?["imageID"] != before.pods[0].firstContainer?["imageID"])
            // It heard SIGTERM, and was not killed.
            #expect(pod.firstContainer?.at("lastState", "terminated", "exitCode")?.int == 0)
            #expect(try await space.snapshot().delegateUIDs == before.delegateUIDs)
        }
    }
}
