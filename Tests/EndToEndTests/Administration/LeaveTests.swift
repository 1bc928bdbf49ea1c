import KubeClient
import KubeModel
import Testbed
import Testing

extension AdministrationTests {
    @Test("Three times a cluster joins and leaves under load, and never too few pods are available", .rows(100))
    func comingAndGoingUnderLoad() async throws {
        try await TestSpace.with("load") { space in
            let fleet = space.fleet
            try await fleet.join("eu-central")
            try await space.apply(Self.spread(replicas: 12))
            try await space.kubectl("create", "pdb", "web", "--selector=app=web", "--max-unavailable=2")
            try await space.running(12, within: .seconds(30))
            let watch = try await PodWatch.start(in: space, client: space.origin.client)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await watch.run() }
                for round in 1...3 {
                    let there = try await space.running(12, within: .seconds(40))
                    #expect(there.counts["eu-central", default: 0] > 0, "round \(round)")
                    try await fleet.leave("eu-central")
                    let moved = try await space.running(12, within: .seconds(40))
                    #expect(moved.counts["eu-central"] == nil)
                    try await fleet.join("eu-central")
                    // A new node gets pods when some are made anew: half of them are, as by a rolling update.
                    try await space.kubectl("rollout", "restart", "deployment/web")
                    try await space.kubectl("rollout", "status", "deployment/web", "--timeout=150s")
                }
                group.cancelAll()
            }
            #expect(watch.leastReady >= 10, "ready pods over time: \(watch.readyOverTime)")
            try await space.kubectl("delete", "deployment", "web", "--wait=false")
            try await space.empty()
            try await fleet.leave("eu-central")
        }
    }

    @Test("A leave that a budget holds up says so, is bounded, and goes on where it was", .rows(116))
    func interruptedLeave() async throws {
        try await TestSpace.with("budget") { space in
            let fleet = space.fleet
            try await fleet.join("eu-central")
            let tied = Manifest.podSpec(Manifest.cluster("eu-central"))
            try await space.apply(Manifest.deployment(replicas: 2, pod: tied))
            try await space.kubectl("create", "pdb", "web", "--selector=app=web", "--min-available=2")
            let before = try await space.running(2)
            try await eventually("the budget counts both") {
                let budget = try await space.kubectl("get", "pdb", "web", "-o", "jsonpath={.status.currentHealthy}")
                return budget == "2"
            }
            let held = try await fleet.command(["leave", "eu-central", "--timeout", "15s"])
            #expect(held.status == .exited(code: 1))
            #expect(held.errorOutput.contains("can't be evicted now"))
            #expect(held.errorOutput.contains("goes on from there"))
            #expect(try await space.snapshot().delegateUIDs == before.delegateUIDs)
            #expect(try await fleet.node("eu-central").at("spec", "unschedulable") == true)

            try await space.apply(
                Manifest.pod("alone", Manifest.overlay(Self.bound("eu-central"), on: Manifest.podSpec()))
            )
            try await space.pod("alone", "runs") { $0.isReady }
            let careful = try await fleet.command(["leave", "eu-central", "--timeout", "15s"])
            #expect(careful.errorOutput.contains("have no controller: \(space.name)/alone"))
            try await space.kubectl("delete", "pdb", "web")
            try await fleet.leave("eu-central", "--force")
            #expect(try await fleet.remote("eu-central").pods(in: space.name).isEmpty)
            try await space.kubectl("delete", "deployment", "web", "--wait=false")
        }
    }

    @Test(
        "A detached cluster's pods stay where they run, and a join finds the same ones; late probes move none either",
        .rows(116)
    )
    func detachAndJoin() async throws {
        try await TestSpace.with("detach") { space in
            let (fleet, remote) = (space.fleet, space.fleet.remote("eu-central"))
            try await fleet.join("eu-central")
            // Pods that would not wait for long if their node said that it is not ready.
            let hasty = Manifest.overlay(Manifest.patience(seconds: 2), on: Manifest.cluster("eu-central"))
            try await space.apply(Manifest.deployment(replicas: 3, pod: Manifest.podSpec(hasty)))
            let before = try await space.running(3)
            let watch = try await PodWatch.start(in: space, client: space.origin.client)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await watch.run() }
                try await fleet.leave("eu-central", "--detach")
                let node = try await fleet.node("eu-central")
                #expect(node.isReady)
                #expect(node.condition("Ready")?["reason"] == "ClusterDetached")
                let secret = try await space.origin.find(.secrets, "cluster-eu-central", in: FleetPlan.secretsNamespace)
                #expect(secret?.at("data", "kubeconfig") == nil)
                try await eventually("the account is gone") { try await remote.joinedObjects().isEmpty }
                // Nobody needs the way to it, nor would anybody notice that it is gone.
                try await remote.relay.set(.cut)
                // Meanwhile nobody looks at the other clusters: there is time for what takes as long.
                async let others: Void = LateProbes(fleet: fleet, cluster: "us-west").changeNothing()
                try await holds(
                    "nothing moves for longer than a lease lasts, and than the pods' patience",
                    for: .seconds(75)
                ) {
                    try await fleet.node("eu-central").isReady
                }
                try await others
                await fleet.martlet.kill()
                try await fleet.martlet.start()
                try await holds("a restart is no news", for: .seconds(10)) {
                    try await fleet.node("eu-central").condition("Ready")?["reason"] == "ClusterDetached"
                }
                try await remote.relay.set(.open)
                try await fleet.join("eu-central")
                group.cancelAll()
            }
            let after = try await space.running(3)
            #expect(after.podUIDs == before.podUIDs)
            #expect(after.delegateUIDs == before.delegateUIDs)
            #expect(after.delegates.allSatisfy { $0.object.restarts == 0 })
            #expect(watch.readyOverTime.allSatisfy { $0 == 3 }, "ready pods over time: \(watch.readyOverTime)")
            try await space.kubectl("delete", "deployment", "web", "--wait=false")
            try await space.empty()
            try await fleet.leave("eu-central")
        }
    }

    private static func bound(_ node: String) -> JSON { ["nodeName": .string(node)] }

    /// Evenly over the clusters, as far as there is room.
    private static func spread(replicas: Int64) -> JSON {
        let constraint: JSON = [
            "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": ["matchLabels": ["app": "web"]],
        ]
        let strategy: JSON = ["type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": 2, "maxSurge": 2]]
        return Manifest.deployment(
            replicas: replicas,
            pod: Manifest.podSpec(["topologySpreadConstraints": [constraint], "terminationGracePeriodSeconds": 1]),
            ["strategy": strategy]
        )
    }
}
