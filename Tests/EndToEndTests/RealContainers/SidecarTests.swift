import KubeClient
import KubeModel
import Testing

extension RealContainers {
    /// Init containers that run on beside the others (KEP-753): on by default since Kubernetes 1.29.
    @Suite(.enabled(if: KubernetesRelease.minor >= 29)) struct SidecarTests {
        @Test("A sidecar starts before the container, runs beside it and ends after it", .rows(7, 107))
        func native() async throws {
            try await TestSpace.with("sidecar") { space in
                let mounts: JSON = ["volumeMounts": [["name": "work", "mountPath": "/work"]]]
                let beside = Manifest.shell(
                    "touch /work/up; trap 'exit 0' TERM; while :; do sleep 1 & wait; done",
                    name: "beside",
                    Manifest.overlay(
                        [
                            "restartPolicy": "Always",
                            "startupProbe": ["exec": ["command": ["test", "-e", "/work/up"]], "periodSeconds": 1],
                        ],
                        on: mounts
                    )
                )
                let main = Manifest.shell("ls /work >/dev/termination-log", mounts)
                let spec = Manifest.pod(
                    of: [main],
                    [
                        "initContainers": [beside], "restartPolicy": "Never",
                        "volumes": [["name": "work", "emptyDir": [:]]],
                    ]
                )
                try await space.apply(Manifest.pod("web", spec))
                let pod = try await space.pod("web", "has ended", within: .seconds(40)) { $0.phase == "Succeeded" }
                #expect(pod.lastWords == "up")
                let end = try #require(pod.terminated(of: "initContainerStatuses"))
                #expect(end["exitCode"] == 0)
                let finished = try #require(end["finishedAt"]?.string)
                let before = try #require(pod.terminated()?["finishedAt"]?.string)
                #expect(finished >= before, "the times are of one form, so that their texts compare")
                let delegate = try await space.snapshot().pair("web").delegate
                #expect(delegate.terminated(of: "initContainerStatuses") == end)
            }
        }
    }
}
