import KubeModel
import Testing

extension RealContainers {
    /// How a deleted pod's containers end: with their hooks run and their signals heard.
    @Suite struct EndingTests {}
}

extension RealContainers.EndingTests {
    @Test("A preStop hook completes before the pod goes", .rows(98))
    func preStop() async throws {
        try await TestSpace.with("prestop") { space in
            let gate = Gate(name: "gate", port: 17003, cluster: "us-east", space: space)
            let hook: JSON = [
                "preStop": ["exec": ["command": ["sh", "-c", .string(Gate.tell("the hook is done", gate.port))]]]
            ]
            let pod = Manifest.shellPod(
                Manifest.idle,
                container: ["lifecycle": hook],
                Manifest.overlay(["terminationGracePeriodSeconds": 300], on: Manifest.cluster(gate.cluster))
            )
            try await space.apply(Manifest.pod("web", pod))
            try await space.running(1, app: "web", within: .seconds(25))
            try await space.kubectl("delete", "pod/web", "--wait=false")
            try await holds("the pod and its delegate wait for the hook", for: .seconds(3)) {
                let snapshot = try await space.snapshot(app: "web")
                return snapshot.isOneToOne && snapshot.pods.map(\.isTerminating) == [true]
            }
            // The hook goes on only now that somebody hears it, long before the grace is over.
            #expect(try await gate.hear() == "the hook is done")
            try await space.gone("web", from: gate.cluster)
        }
    }

    @Test("A container hears SIGTERM, and may use its grace", .rows(98))
    func terminates() async throws {
        try await TestSpace.with("sigterm") { space in
            let gate = Gate(name: "gate", port: 17004, cluster: "eu-central", space: space)
            let trap = "trap \"\(Gate.tell("asked to end", gate.port)); exit 0\" TERM"
            let script = "\(trap); while :; do sleep 1 & wait; done"
            let pod = Manifest.shellPod(
                script,
                Manifest.overlay(["terminationGracePeriodSeconds": 300], on: Manifest.cluster(gate.cluster))
            )
            try await space.apply(Manifest.pod("web", pod))
            try await space.running(1, app: "web", within: .seconds(25))
            try await space.kubectl("delete", "pod/web", "--wait=false")
            try await holds("the pod and its delegate wait for the container", for: .seconds(3)) {
                let snapshot = try await space.snapshot(app: "web")
                return snapshot.isOneToOne && snapshot.pods.map(\.isTerminating) == [true]
            }
            #expect(try await gate.hear() == "asked to end")
            try await space.gone("web", from: gate.cluster)
        }
    }

    @Test("A container that does not heed SIGTERM is killed when its grace is over", .rows(98))
    func isKilled() async throws {
        try await TestSpace.with("sigkill") { space in
            let ignoring = "trap '' TERM; while :; do sleep 1; done"
            let spec = Manifest.shellPod(
                ignoring,
                Manifest.overlay(["terminationGracePeriodSeconds": 5], on: Manifest.cluster("us-east"))
            )
            try await space.apply(Manifest.pod("web", spec))
            try await space.running(1, app: "web", within: .seconds(25))
            let clock = ContinuousClock()
            let start = clock.now
            try await space.kubectl("delete", "pod/web", "--wait=false")
            try await space.gone("web", from: "us-east")
            #expect(clock.now - start >= .seconds(5))
        }
    }

    @Test("A pod past its deadline is Failed, its containers ended, and does not run again", .rows(78, 89))
    func deadline() async throws {
        try await TestSpace.with("deadline") { space in
            let spec = Manifest.shellPod(Manifest.idle, ["activeDeadlineSeconds": 4])
            try await space.apply(Manifest.pod("web", spec))
            let pod = try await space.pod("web", "has failed", within: .seconds(25)) { $0.phase == "Failed" }
            #expect(pod.at("status", "reason")?.string == "DeadlineExceeded")
            try await holds("it stays so", for: .seconds(2)) {
                try await space.snapshot().pods.map(\.phase) == ["Failed"]
            }
        }
    }
}

extension TestSpace {
    /// Waits until a pod has gone from the origin, and sees that its delegate went before.
    fileprivate func gone(_ name: String, from cluster: String) async throws {
        // A kubelet of 1.20 tells of some pods' ends only at its next look at all of them, ten seconds or more later.
        try await eventually("the pod \(name) is gone", within: .seconds(40)) {
            try await origin.pod(name, in: self.name) == nil
        }
        #expect(try await fleet.remote(cluster).pod(name, in: self.name) == nil)
    }
}
