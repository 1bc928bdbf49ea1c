import KubeModel
import Testbed
import Testing

extension RealContainers {
    /// `kubectl debug` of a delegated pod.
    @Suite struct DebugTests {}
}

extension RealContainers.DebugTests {
    /// kubectls of today ask for ephemeral containers in a way that API servers before 1.22 do not know.
    private static let able = Kubectl.present.filter { $0 == .own || KubernetesRelease.minor >= 22 }

    @Test("Who debugs a pod speaks with a container that was put into it", .rows(92, 113), arguments: able)
    func debug(kubectl: Kubectl) async throws {
        try await TestSpace.with("debug") { space in
            try await space.start("web", "echo here >/tmp/note; \(Manifest.idle)")
            // Who attaches hears nothing of what was said before, and of the last words of a container not always all.
            let words = "until read -t 1 word; do echo ready; done; echo heard $word; hostname; read word"
            let script = """
                mkfifo words; exec 3<>words
                k debug -i web --image=\(Manifest.busybox) --target=main --container=probe -- sh -c '\(words)' <words >said 2>said.err 3>&- &
                until grep -q ready said; do sleep 0.2; kill -0 $! || { cat said.err >&2; exit 1; }; done
                echo opensesame >&3
                until grep -qx web said; do sleep 0.2; kill -0 $! || { cat said.err >&2; exit 1; }; done
                echo bye >&3; exec 3>&-; wait $!; cat said
                """
            let result = try await space.shell(kubectl, script)
            #expect(result.output.contains("heard opensesame\nweb\n"), "\(result)")
            let remote = try await space.cluster(of: "web")
            let delegate = try #require(await remote.pod("web", in: space.name))
            let names = delegate.at("spec", "ephemeralContainers")?.array?.compactMap { $0["name"]?.string }
            #expect(names == ["probe"])
            try await space.pod("web", "tells of the container's end", within: .seconds(30)) {
                $0.terminated(of: "ephemeralContainerStatuses")?["exitCode"]?.int == 0
            }
            let log = try await space.shell(kubectl, "k logs web -c probe").checked()
            #expect(log.output.contains("heard opensesame"))
        }
    }
}
