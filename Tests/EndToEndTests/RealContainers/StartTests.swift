import KubeModel
import Testing

extension RealContainers {
    /// What runs before a container, and what it sees of itself.
    @Suite struct StartTests {}
}

extension RealContainers.StartTests {
    @Test("Init containers run one after the other, and their results are the origin's to see", .rows(7, 78))
    func initContainers() async throws {
        try await TestSpace.with("init") { space in
            let mounts: JSON = ["volumeMounts": [["name": "work", "mountPath": "/work"]]]
            // Each looks before it writes, so that an early one would be seen.
            let step = { (number: Int) in
                Manifest.shell("sleep 1; echo \(number) >>/work/steps", name: "step-\(number)", mounts)
            }
            let main = Manifest.shell("cat /work/steps >/dev/termination-log", mounts)
            let spec = Manifest.pod(
                of: [main],
                [
                    "initContainers": [step(1), step(2)], "restartPolicy": "Never",
                    "volumes": [["name": "work", "emptyDir": [:]]],
                ]
            )
            try await space.apply(Manifest.pod("web", spec))
            let pod = try await space.pod("web", "has ended", within: .seconds(30)) { $0.phase == "Succeeded" }
            #expect(pod.lastWords == "1\n2")
            #expect((0...1).map { pod.terminated($0, of: "initContainerStatuses")?["exitCode"]?.int } == [0, 0])
        }
    }

    @Test("A pod whose init container fails is Failed, and its container never started", .rows(78, 89))
    func failedInit() async throws {
        try await TestSpace.with("badinit") { space in
            let spec = Manifest.pod(
                of: [Manifest.shell(Manifest.idle)],
                ["initContainers": [Manifest.shell("exit 9", name: "check")], "restartPolicy": "Never"]
            )
            try await space.apply(Manifest.pod("web", spec))
            let pod = try await space.pod("web", "has failed", within: .seconds(25)) { $0.phase == "Failed" }
            #expect(pod.terminated(of: "initContainerStatuses")?["exitCode"]?.int == 9)
            #expect(pod.condition("Initialized")?["status"]?.string == "False")
            #expect(pod.firstContainer?.at("state", "waiting", "reason")?.string == "PodInitializing")
        }
    }

    @Test("A container sees the pod's names, UID, node, labels and address, as the origin has them", .rows(7))
    func itself() async throws {
        try await TestSpace.with("itself") { space in
            let fields = [
                "NAME": "metadata.name", "NAMESPACE": "metadata.namespace", "ADDRESS": "status.podIP",
                "POD_UID": "metadata.uid", "NODE": "spec.nodeName",
            ]
            let environment = fields.map { name, path -> JSON in
                ["name": .string(name), "valueFrom": ["fieldRef": ["fieldPath": .string(path)]]]
            }
            let files: JSON = [
                ["path": "app", "fieldRef": ["fieldPath": "metadata.labels['app']"]],
                ["path": "uid", "fieldRef": ["fieldPath": "metadata.uid"]],
            ]
            let script = """
                full=$(grep -o 'web[.]team[.][a-z0-9.-]*' /etc/hosts)
                cd /about
                echo "$NAME $NAMESPACE $ADDRESS $(hostname) $(cat app) $POD_UID $NODE $full $(cat uid)" >/dev/termination-log
                """
            let container: JSON = [
                "env": .array(environment), "volumeMounts": [["name": "about", "mountPath": "/about"]],
            ]
            let spec = Manifest.shellPod(
                script,
                container: container,
                [
                    "restartPolicy": "Never", "subdomain": "team",
                    "volumes": [["name": "about", "downwardAPI": ["items": files]]],
                ]
            )
            try await space.apply(Manifest.pod("web", spec))
            let pod = try await space.pod("web", "has ended", within: .seconds(25)) { $0.phase == "Succeeded" }
            let words = pod.lastWords.split(separator: " ").map(String.init)
            try #require(words.count == 9, "\(pod.lastWords)")
            #expect([words[0], words[1], words[3], words[4]] == ["web", space.name, "web", "web"])
            #expect([words[5], words[6], words[8]] == [pod.uid, pod.nodeName, pod.uid], "the virtual node")
            #expect(words[7] == "web.team.\(space.name).svc.cluster.local")
            #expect(words[2].hasPrefix("10.") || words[2].hasPrefix("172."))
            let shown = pod.at("status", "podIP")?.string
            #expect(shown == nil || shown == words[2])
        }
    }
}
