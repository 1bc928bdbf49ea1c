import KubeClient
import KubeModel
import Testing

extension RealContainers {
    /// How containers end, and what the origin says of it.
    @Suite struct OutcomeTests {}
}

extension RealContainers.OutcomeTests {
    /// A way to end, and what it looks like.
    struct Outcome: Sendable, CustomTestStringConvertible {
        let name: String
        let container: JSON
        let phase: String
        /// Those that a runtime may give: one that hears of a lack of memory after the end knows of an error only.
        let reasons: [String]
        let exitCode: Int64
        var words = ""

        var testDescription: String { name }
    }

    static let outcomes = [
        Outcome(
            name: "completed",
            container: Manifest.shell("echo 'all done' >/dev/termination-log"),
            phase: "Succeeded",
            reasons: ["Completed"],
            exitCode: 0,
            words: "all done"
        ),
        Outcome(
            name: "error",
            container: Manifest.shell("echo 'no such order' >/dev/termination-log; exit 42"),
            phase: "Failed",
            reasons: ["Error"],
            exitCode: 42,
            words: "no such order"
        ),
        Outcome(
            name: "logged",
            container: Manifest.shell(
                "echo 'said aloud'; exit 1",
                ["terminationMessagePolicy": "FallbackToLogsOnError"]
            ),
            phase: "Failed",
            reasons: ["Error"],
            exitCode: 1,
            words: "said aloud"
        ),
        Outcome(
            name: "memory",
            container: Manifest.shell(
                "exec dd if=/dev/zero of=/dev/null bs=200M count=1",
                ["resources": ["limits": ["memory": "24Mi"]]]
            ),
            phase: "Failed",
            reasons: ["OOMKilled", "Error"],
            exitCode: 137
        ),
    ]

    @Test("A pod's end, exit code, reason and last words are its container's", .rows(78, 89), arguments: outcomes)
    func outcome(_ outcome: Outcome) async throws {
        try await TestSpace.with(outcome.name) { space in
            let spec = Manifest.pod(of: [outcome.container], ["restartPolicy": "Never"])
            try await space.apply(Manifest.pod("web", spec))
            let pod = try await space.pod("web", "has ended", within: .seconds(25)) {
                ["Succeeded", "Failed"].contains($0.phase)
            }
            #expect(pod.phase == outcome.phase)
            #expect(outcome.reasons.contains(pod.terminated()?["reason"]?.string ?? ""))
            #expect(pod.terminated()?["exitCode"]?.int == outcome.exitCode)
            try await eventually("pod and delegate say the same") {
                let (pod, delegate) = try await space.snapshot().pair("web")
                return pod.terminated()?["reason"] == delegate.terminated()?["reason"]
            }
            #expect(pod.lastWords == outcome.words)
        }
    }

    @Test("A container that keeps failing is in CrashLoopBackOff, with its restarts counted", .rows(78))
    func crashLoop() async throws {
        try await TestSpace.with("crash") { space in
            try await space.apply(Manifest.pod("web", Manifest.shellPod("exit 3")))
            let pod = try await space.pod("web", "is in CrashLoopBackOff", within: .seconds(40)) {
                $0.firstContainer?.at("state", "waiting", "reason")?.string == "CrashLoopBackOff" && $0.restarts >= 1
            }
            #expect(pod.phase == "Running" && !pod.isReady)
            #expect(pod.firstContainer?.at("lastState", "terminated", "exitCode")?.int == 3)
            try await eventually("the origin counts the restarts that the remote counts", within: .seconds(20)) {
                let snapshot = try await space.snapshot()
                return snapshot.pods.map(\.restarts) == snapshot.delegates.map(\.object.restarts)
            }
        }
    }

    @Test("A container that is killed for want of memory is started again in place, and says so", .rows(78, 89))
    func shortOfMemory() async throws {
        try await TestSpace.with("oom") { space in
            let container: JSON = [
                "resources": ["limits": ["memory": "24Mi"]],
                "volumeMounts": [["name": "work", "mountPath": "/work"]],
            ]
            // Only the first time: what it left tells it the next time.
            let script = """
                [ -e /work/mark ] || { touch /work/mark; exec dd if=/dev/zero of=/dev/null bs=200M count=1; }
                \(Manifest.idle)
                """
            let volumes: JSON = ["volumes": [["name": "work", "emptyDir": [:]]]]
            try await space.apply(Manifest.pod("web", Manifest.shellPod(script, container: container, volumes)))
            let pod = try await space.pod("web", "runs again", within: .seconds(40)) { $0.isReady && $0.restarts >= 1 }
            let last = pod.firstContainer?.at("lastState", "terminated")
            #expect(last?["exitCode"]?.int == 137)
            #expect(["OOMKilled", "Error"].contains(last?["reason"]?.string ?? ""))
            let delegate = try await space.snapshot().pair("web").delegate
            #expect(delegate.restarts == pod.restarts)
        }
    }

    @Test("An image that can't be had, and a command that is not there, say so", .rows(78))
    func notStarted() async throws {
        try await TestSpace.with("nostart") { space in
            let strange = Manifest.podSpec(image: "registry.invalid/none:1")
            let missing = Manifest.pod(
                of: [Manifest.shell("", ["command": ["/no/such/program"]])],
                ["restartPolicy": "Never"]
            )
            try await space.apply(Manifest.pod("image", strange))
            try await space.apply(Manifest.pod("command", missing))
            try await space.pod("image", "says that its image can't be pulled", within: .seconds(25)) {
                let reason = $0.firstContainer?.at("state", "waiting", "reason")?.string ?? ""
                return ["ErrImagePull", "ImagePullBackOff"].contains(reason)
            }
            let pod = try await space.pod("command", "has failed", within: .seconds(25)) { $0.phase == "Failed" }
            #expect(pod.terminated()?["exitCode"]?.int == 128)
            #expect(pod.terminated()?["message"]?.string?.contains("/no/such/program") == true)
        }
    }

    @Test("A Job counts its pods' real exit codes and gives up at its limit", .rows(45, 89))
    func jobs() async throws {
        try await TestSpace.with("jobs") { space in
            let failing: JSON = ["backoffLimit": 1]
            let working: JSON = ["completions": 3, "parallelism": 3]
            try await space.apply(Manifest.shellJob("failing", "exit 5", failing))
            try await space.apply(Manifest.shellJob("working", "sleep 1", working))
            let done = try await space.job("working", has: "Complete", within: .seconds(30))
            #expect(done.statusNumber("succeeded") == 3)
            #expect(done.statusNumber("failed") == 0)
            let failed = try await space.job("failing", has: "Failed", within: .seconds(60))
            #expect(failed.condition("Failed")?["reason"]?.string == "BackoffLimitExceeded")
            #expect(failed.statusNumber("failed") == 2)
            let pods = try await space.origin.pods(in: space.name, labels: "app=failing")
            #expect(pods.map { $0.terminated()?["exitCode"]?.int } == [5, 5])
        }
    }

    /// Kubelets report how the containers of a deleted pod ended from 1.27 on, and the rule is on by default since 1.26.
    @Test(
        "What its cluster evicts is a disruption to a Job, and no failure that counts",
        .rows(89),
        .enabled(if: KubernetesRelease.minor >= 27)
    )
    func disruption() async throws {
        try await TestSpace.with("disrupt") { space in
            let rule: JSON = ["action": "Ignore", "onPodConditions": [["type": "DisruptionTarget"]]]
            let changes: JSON = ["backoffLimit": 0, "podFailurePolicy": ["rules": [rule]]]
            let script = "trap 'exit 9' TERM; while :; do sleep 1 & wait; done"
            try await space.apply(Manifest.shellJob("batch", script, changes))
            let before = try await space.running(1, within: .seconds(30))
            let (name, cluster) = (before.pods[0].name, before.delegates[0].cluster)
            _ = try await space.fleet.remote(cluster).client.create(
                .pods,
                namespace: space.name,
                object: ["apiVersion": "policy/v1", "kind": "Eviction", "metadata": ["name": .string(name)]],
                subresource: "eviction",
                name: name
            )
            let after = try await eventually("the Job has another pod", within: .seconds(40)) {
                try await space.snapshot()
            } until: {
                $0.pods.contains { $0.name != name && $0.isReady }
            }
            let ended = try #require(after.pods.first { $0.name == name })
            #expect(ended.phase == "Failed")
            #expect(ended.terminated()?["exitCode"]?.int == 9)
            #expect(ended.condition("DisruptionTarget")?["reason"] == "EvictionByEvictionAPI")
            let job = try await space.origin.client.get(.jobs, namespace: space.name, name: "batch")
            #expect(job.statusNumber("failed") == 0)
        }
    }
}

extension TestSpace {
    /// A Job of the origin, once a condition of it is true.
    fileprivate func job(_ name: String, has condition: String, within: Duration) async throws -> JSON {
        try await eventually("the Job \(name) is \(condition)", within: within) {
            try await origin.client.get(.jobs, namespace: self.name, name: name)
        } until: {
            $0.condition(condition)?["status"]?.string == "True"
        }
    }
}
