import KubeClient
import KubeModel
import Testbed
import Testing

extension FaultTests {
    /// martlet itself ends, in one way or another, and is started again.
    @Suite struct RestartTests {}
}

extension FaultTests.RestartTests {
    @Test("Killed in the middle of a scale-up to 200 pods, martlet goes on as if nothing had been", .rows(3, 83))
    func killed() async throws {
        try await TestSpace.with("killed") { space in
            let martlet = space.fleet.martlet
            try await space.fleet.repaired {
                try await killMartlet(once: 15, delegatesAreIn: "us-west", of: space) {
                    try await space.apply(Manifest.deployment(replicas: 200))
                }
                let early = try await eventually("all pods are made, with martlet gone", within: .seconds(30)) {
                    try await space.snapshot()
                } until: {
                    $0.pods.count == 200 && $0.pods.allSatisfy { !$0.nodeName.isEmpty }
                }
                try #require((15..<200).contains(early.delegates.count))
                try await martlet.start()
                let all = try await space.running(200, within: .seconds(60))
                #expect(all.podUIDs == early.podUIDs)
                #expect(all.delegateUIDs.isSuperset(of: early.delegateUIDs))
                try await space.kubectl("scale", "deployment/web", "--replicas=0")
                try await space.empty()
            }
        }
    }

    @Test("Asked to end, martlet leaves nodes and pods alone, and takes them over when it is back without a write")
    func stopped() async throws {
        try await TestSpace.with("stopped") { space in
            let martlet = space.fleet.martlet
            try await space.apply(Manifest.deployment(replicas: 6))
            try await space.running(6)
            let before = try await Bystanders.look(in: space)
            try await space.fleet.repaired {
                let status = try #require(await martlet.stop())
                #expect(status.isSuccess, "martlet ended with \(status)")
                #expect(await martlet.processID == nil)
                try await holds("nodes, pods and delegates are as they were", for: .seconds(2)) {
                    try await Bystanders.look(in: space) == before
                }
                try await martlet.start()
                // Proof that it is at work for each cluster.
                for remote in space.fleet.remotes {
                    try await space.applyPod("on-\(remote.name)", on: remote.name)
                }
                let after = try await space.running(9)
                #expect(Set(after.pods.map(\.name)).isSuperset(of: space.fleet.remotes.map { "on-\($0.name)" }))
                let still = try await Bystanders.look(in: space)
                #expect(before.isPart(of: still), "before:\n\(before)\nafter:\n\(still)")
            }
        }
    }

    @Test(
        "What was deleted while martlet was away goes when it is back, and nothing else, whichever side it sees first"
    )
    func deletedMeanwhile() async throws {
        try await TestSpace.with("away") { space in
            let clusters = ["us-east", "eu-central"]
            for cluster in clusters {
                for name in ["kept", "deleted", "forced"] {
                    try await space.applyPod("\(name)-\(cluster)", on: cluster)
                }
            }
            let before = try await space.running(6)
            try await space.fleet.repaired {
                await space.fleet.martlet.kill()
                for cluster in clusters {
                    try await space.deletePod("deleted-\(cluster)")
                    try await space.forceDeletePod("forced-\(cluster)")
                }
                // us-east is in view before the origin, eu-central long after it.
                try await space.origin.relay.set(RelayConditions(delay: .milliseconds(100)))
                try await space.fleet.remote("eu-central").relay.set(RelayConditions(delay: .milliseconds(450)))
                try await space.fleet.martlet.start()
                let kept = clusters.map { "kept-\($0)" }
                let after = try await space.onlyRunning(Set(kept), within: .seconds(30))
                for name in kept {
                    #expect(try after.pair(name).pod.uid == before.pair(name).pod.uid)
                    #expect(try after.pair(name).delegate.uid == before.pair(name).delegate.uid)
                }
            }
        }
    }

    @Test("A condition that its cluster took from a delegate while martlet was dead goes from the pod", .rows(78))
    func conditionGone() async throws {
        try await TestSpace.with("condition") { space in
            try await space.applyPod("web", on: "us-west")
            try await space.running(1)
            let remote = space.fleet.remote("us-west")
            let theirs: JSON = ["type": "example.com/theirs", "status": "True", "reason": "Somebody"]
            try await remote.patchConditions(of: "web", in: space.name, theirs)
            let own: JSON = ["type": "example.com/own", "status": "True", "reason": "Somebody"]
            try await space.origin.patchConditions(of: "web", in: space.name, own)
            try await space.pod("web", "has both") {
                $0.condition("example.com/theirs") != nil && $0.condition("example.com/own") != nil
            }
            try await space.fleet.repaired {
                await space.fleet.martlet.kill()
                let removal: JSON = ["type": "example.com/theirs", "$patch": "delete"]
                try await remote.patchConditions(of: "web", in: space.name, removal)
                try await space.fleet.martlet.start()
                let pod = try await space.pod("web", "has lost the one", within: .seconds(30)) {
                    $0.condition("example.com/theirs") == nil
                }
                #expect(pod.condition("example.com/own")?["reason"] == "Somebody")
                #expect(pod.isReady)
            }
        }
    }

    @Test("Started while a remote is down, martlet runs the others, and says of the one what is wrong until it returns")
    func startedWithOneDown() async throws {
        try await TestSpace.with("onedown") { space in
            let down = space.fleet.remote("eu-central")
            for name in ["kept", "deleted", "forced"] { try await space.applyPod(name, on: down.name) }
            let before = try await space.running(3)
            try await space.fleet.repaired {
                await space.fleet.martlet.kill()
                try await down.relay.set(.cut)
                try await space.deletePod("deleted")
                try await space.forceDeletePod("forced")
                try await space.fleet.martlet.start()
                try await space.applyPod("elsewhere", on: "us-west")
                try await space.pod("elsewhere", "runs", within: .seconds(15), until: \.isReady)
                try await space.unreachable(down.name, within: .seconds(20))
                #expect(try await space.fleet.node("us-east").isReady)
                #expect(try await space.origin.pod("deleted", in: space.name) != nil)
                #expect(Set(try await space.delegates(in: down.name).map(\.uid)) == before.delegateUIDs)
                try await down.relay.set(.open)
                // The next probe is at most five seconds away, and its answer does not wait for the watches' back-off.
                try await space.fleet.nodesReady([down.name], within: .seconds(6))
                let after = try await space.onlyRunning(["kept", "elsewhere"])
                #expect(try after.pair("kept").pod.uid == before.pair("kept").pod.uid)
                #expect(try after.pair("kept").delegate.uid == before.pair("kept").delegate.uid)
            }
        }
    }

    @Test("Started while the origin can't be reached, martlet ends nothing, not even itself, and serves once it can")
    func startedWithoutOrigin() async throws {
        try await TestSpace.with("noorigin") { space in
            let martlet = space.fleet.martlet
            for name in ["kept", "deleted"] { try await space.applyPod(name, on: "us-west") }
            let before = try await space.running(2)
            try await space.fleet.repaired {
                await martlet.kill()
                try await space.origin.relay.set(.cut)
                try await space.deletePod("deleted")
                let told = martlet.logText().count
                try await martlet.start()
                let process = try #require(await martlet.processID)
                try await space.fleet.log(after: told, contains: "Watch or list failed")
                try await holds("all runs on", for: .seconds(3)) {
                    let (delegates, current) = (try await space.delegates(in: "us-west"), await martlet.processID)
                    return Set(delegates.map(\.uid)) == before.delegateUIDs
                        && delegates.allSatisfy { !$0.isTerminating } && current == process
                }
                try await space.origin.relay.set(.open)
                try await space.applyPod("new", on: "us-west")
                let after = try await space.onlyRunning(["kept", "new"], within: .seconds(40))
                #expect(try after.pair("kept").pod.uid == before.pair("kept").pod.uid)
                #expect(try after.pair("kept").delegate.uid == before.pair("kept").delegate.uid)
                #expect(await martlet.processID == process)
            }
        }
    }

    /// Does something that makes delegates, and kills martlet as soon as so many of them are in a cluster.
    private func killMartlet(
        once count: Int,
        delegatesAreIn cluster: String,
        of space: TestSpace,
        after start: @escaping @Sendable () async throws -> Void
    ) async throws {
        let client = space.fleet.remote(cluster).client
        let version = try await client.list(.pods, namespace: space.name).at("metadata", "resourceVersion")?.string
        let watch = try await client.watch(.pods, namespace: space.name, resourceVersion: version)
        async let started: Void = start()
        var delegates: Set<UID> = []
        for try await event in watch where event.type == .added {
            delegates.insert(event.object.uid)
            guard delegates.count < count else { break }
        }
        await space.fleet.martlet.kill()
        try await started
    }
}

extension FleetCluster {
    /// Writes one condition of a pod's status, or takes it away, as some controller of the cluster might.
    fileprivate func patchConditions(of pod: String, in namespace: String, _ condition: JSON) async throws {
        _ = try await client.patch(
            .pods,
            namespace: namespace,
            name: pod,
            subresource: "status",
            type: .strategicMerge,
            body: ["status": ["conditions": [condition]]]
        )
    }
}
