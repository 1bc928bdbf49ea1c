import KubeClient
import KubeModel
import Testing

extension DelegationTests {
    /// Which delegate belongs to which pod, and whose it is.
    @Suite struct IdentityTests {}
}

extension DelegationTests.IdentityTests {
    @Test("Pods and delegates belong together one to one by UID, and no delegate is in the origin", .rows(10, 83))
    func oneToOne() async throws {
        try await TestSpace.with("identity") { space in
            try await space.apply(Manifest.deployment(replicas: 6))
            let snapshot = try await space.running(6)
            for delegate in snapshot.delegates {
                let pod = try #require(snapshot.pods.first { $0.uid == delegate.object.podUID })
                #expect(pod.name == delegate.object.name)
                #expect(pod.nodeName == delegate.cluster)
                #expect(delegate.object.annotation("martlet.dev/pod") == "\(space.name)/\(pod.name)")
                #expect(pod.firstContainer?["containerID"] == delegate.object.firstContainer?["containerID"])
            }
            for remote in space.fleet.remotes {
                let workers = Set(try await remote.list(.nodes).map(\.name))
                let delegates = snapshot.delegates.filter { $0.cluster == remote.name }
                #expect(delegates.allSatisfy { workers.contains($0.object.nodeName) }, "each runs on a node there")
            }
            #expect(try await space.origin.list(.pods, labels: "martlet.dev/pod-uid").map(\.name) == [])
        }
    }

    @Test("A delegate that is deleted by hand is back, and what is not martlet's is not touched", .rows(13))
    func deletedByHand() async throws {
        try await TestSpace.with("byhand") { space in
            let remote = space.fleet.remote("eu-central")
            try await remote.makeNamespace(space.name)
            try await remote.apply(Manifest.deployment("unmanaged", replicas: 2), namespace: space.name)
            let pod = Manifest.podSpec(Manifest.cluster(remote.name))
            try await space.apply(Manifest.deployment(replicas: 2, pod: pod))
            let before = try await space.running(2, app: "web")
            let unmanaged = try await eventually("the unmanaged Deployment runs") {
                try await remote.pods(in: space.name, labels: "app=unmanaged")
            } until: {
                $0.count == 2 && $0.allSatisfy(\.isReady)
            }
            let victim = before.delegates[0].object
            try await remote.kubectl("-n", space.name, "delete", "pod", victim.name, "--grace-period=1", "--wait=false")
            let after = try await eventually("the delegate is back", within: .seconds(10)) {
                try await space.snapshot(app: "web")
            } until: {
                $0.isRunning(2) && !$0.delegateUIDs.contains(victim.uid)
            }
            #expect(after.podUIDs == before.podUIDs)
            try await space.event(about: victim.name, containing: "DelegateRecreated")
            let still = try await remote.pods(in: space.name, labels: "app=unmanaged")
            #expect(Set(still.map(\.uid)) == Set(unmanaged.map(\.uid)))
            #expect(still.allSatisfy { $0.podUID == nil })
        }
    }

    @Test("A ReplicaSet of the remote whose selector fits does not take a delegate for its own", .rows(13))
    func notAdopted() async throws {
        try await TestSpace.with("adopt") { space in
            let remote = space.fleet.remote("us-east")
            let pod = Manifest.podSpec(Manifest.cluster(remote.name))
            try await space.apply(Manifest.deployment(replicas: 3, pod: pod))
            let before = try await space.running(3)
            try await remote.apply(Manifest.replicaSet("web", replicas: 1), namespace: space.name)
            try await eventually("the ReplicaSet has a pod of its own") {
                try await remote.list(.replicaSets, namespace: space.name).first
            } until: {
                $0?.statusNumber("readyReplicas") == 1
            }
            let after = try await space.running(3)
            #expect(after.delegateUIDs == before.delegateUIDs)
            #expect(try await remote.pods(in: space.name).count == 4)
        }
    }

    @Test("Restart counts never go back when a delegate is replaced", .rows(13, 78))
    func restartsAddUp() async throws {
        try await TestSpace.with("addup") { space in
            let spec = Manifest.podSpec(Manifest.cluster("us-west"))
            try await space.apply(Manifest.pod("web", annotations: Manifest.run(seconds: 0.5), spec))
            let before = try await space.pod("web", "has restarted thrice") { $0.restarts >= 3 }
            let first = try await space.snapshot().delegateUIDs
            let remote = space.fleet.remote("us-west")
            try await remote.kubectl("-n", space.name, "delete", "pod", "web", "--grace-period=1", "--wait=false")
            var least = before.restarts
            let after = try await eventually("the pod restarts on in its second delegate", within: .seconds(30)) {
                let snapshot = try await space.snapshot()
                let restarts = snapshot.pods.first?.restarts ?? 0
                #expect(restarts >= least)
                least = max(least, restarts)
                return snapshot
            } until: {
                $0.delegateUIDs.isDisjoint(with: first) && ($0.pods.first?.restarts ?? 0) > before.restarts
                    && ($0.delegates.first?.object.restarts ?? 0) > 0
            }
            #expect(after.delegates[0].object.restarts < least)
        }
    }

    @Test("A Job's pod whose delegate is deleted by hand failed, is counted and replaced", .rows(13, 89))
    func lostForGood() async throws {
        try await TestSpace.with("lost") { space in
            try await space.apply(Manifest.job("batch", seconds: 600))
            let before = try await space.running(1)
            let remote = space.fleet.remote(before.delegates[0].cluster)
            let name = before.delegates[0].object.name
            try await remote.kubectl("-n", space.name, "delete", "pod", name, "--grace-period=0", "--force")
            let pod = try await space.pod(name, "failed") { $0.phase == "Failed" }
            #expect(pod.at("status", "reason")?.string == "DelegateLost")
            try await eventually("the Job counts it and has another pod", within: .seconds(25)) {
                let job = try await space.origin.client.get(.jobs, namespace: space.name, name: "batch")
                let snapshot = try await space.snapshot()
                return job.statusNumber("failed") == 1 && snapshot.pods.contains { $0.name != name && $0.isReady }
            }
        }
    }

    @Test("A pod that may start again after a failure does so when its delegate is deleted by hand", .rows(13, 89))
    func startsAgain() async throws {
        try await TestSpace.with("onfailure") { space in
            let remote = space.fleet.remote("us-west")
            let spec = Manifest.overlay(["restartPolicy": "OnFailure"], on: Manifest.cluster(remote.name))
            try await space.apply(Manifest.pod("web", Manifest.podSpec(spec)))
            let before = try await space.running(1)
            try await remote.kubectl("-n", space.name, "delete", "pod", "web", "--grace-period=0", "--force")
            let after = try await eventually("the pod has another delegate", within: .seconds(15)) {
                try await space.snapshot()
            } until: {
                $0.isRunning(1) && $0.delegateUIDs.isDisjoint(with: before.delegateUIDs)
            }
            #expect(after.podUIDs == before.podUIDs)
            try await space.event(about: "web", containing: "DelegateRecreated")
        }
    }

    @Test("A pod of the same name with another UID is another pod, with another delegate", .rows(81, 83))
    func sameName() async throws {
        try await TestSpace.with("samename") { space in
            try await space.apply(Manifest.statefulSet("db", replicas: 1))
            let first = try await space.running(1)
            try await space.kubectl("delete", "pod", "db-0", "--grace-period=0", "--force")
            let second = try await eventually("another db-0 runs", within: .seconds(15)) {
                try await space.snapshot()
            } until: {
                $0.isRunning(1) && $0.podUIDs.isDisjoint(with: first.podUIDs)
            }
            #expect(second.delegateUIDs.isDisjoint(with: first.delegateUIDs))
            #expect(second.pods[0].name == "db-0")
        }
    }

    @Test("A stranger's pod of the same name is left alone and told of, and its place taken when it goes")
    func stranger() async throws {
        try await TestSpace.with("stranger") { space in
            let remote = space.fleet.remote("us-east")
            try await remote.makeNamespace(space.name)
            try await remote.apply(Manifest.pod("web"), namespace: space.name)
            let stranger = try #require(try await remote.pod("web", in: space.name))
            try await space.apply(Manifest.pod("web", Manifest.podSpec(Manifest.cluster("us-east"))))
            let pod = try await space.pod("web", "says that its name is taken") {
                $0.condition("martlet.dev/Delegated")?["reason"]?.string == "DelegateNameTaken"
            }
            #expect(pod.phase == "Pending")
            try await space.event(about: "web", containing: "DelegateNameTaken")
            let still = try #require(try await remote.pod("web", in: space.name))
            #expect(still.uid == stranger.uid)
            #expect(still.podUID == nil)
            #expect(!still.isTerminating)
            try await remote.kubectl("-n", space.name, "delete", "pod", "web", "--grace-period=0", "--force")
            try await space.running(1, within: .seconds(20))
            let namespace = try await remote.client.get(.namespaces, name: space.name)
            #expect(namespace.label("martlet.dev/origin") == nil)
        }
    }
}
