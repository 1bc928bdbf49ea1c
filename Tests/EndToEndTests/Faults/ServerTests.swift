import KubeClient
import KubeModel
import Testbed
import Testing

extension FaultTests {
    /// API servers crash and come back.
    @Suite struct ServerTests {}
}

extension FaultTests.ServerTests {
    @Test(
        "A remote whose control plane crashes in part is joined again, with the same delegates",
        .rows(90),
        arguments: [Component.apiserver, .etcd]
    )
    func remoteCrash(of component: Component) async throws {
        try await TestSpace.with("crash") { space in
            let remote = space.fleet.remote("eu-central")
            let pod = Manifest.podSpec(Manifest.cluster(remote.name))
            try await space.apply(Manifest.deployment(replicas: 3, pod: pod))
            try await space.applyDeployment("others", replicas: 4, awayFrom: remote.name)
            let before = try await space.running(3, app: "web")
            try await space.running(7)
            let bystanders = try await Bystanders.look(in: space, without: remote.name)
            try await space.fleet.repaired {
                try await crash(component, of: remote)
                try await space.kubectl("scale", "deployment/web", "--replicas=4")
                let after = try await space.running(4, app: "web", within: .seconds(30))
                #expect(after.podUIDs.isSuperset(of: before.podUIDs))
                #expect(after.delegateUIDs.isSuperset(of: before.delegateUIDs))
                try await space.fleet.nodesReady([remote.name])
                #expect(try await Bystanders.look(in: space, without: remote.name) == bystanders)
            }
        }
    }

    @Test(
        "A remote whose API server hangs is not ready, the others notice nothing, and it is joined again",
        .rows(90)
    )
    func remoteHangs() async throws {
        try await TestSpace.with("hang") { space in
            let remote = space.fleet.remote("us-west")
            try await space.apply(
                Manifest.deployment(replicas: 2, pod: Manifest.podSpec(Manifest.cluster(remote.name)))
            )
            try await space.applyDeployment("others", replicas: 4, awayFrom: remote.name)
            let before = try await space.running(2, app: "web")
            try await space.running(6)
            let bystanders = try await Bystanders.look(in: space, without: remote.name)
            try await space.fleet.repaired {
                // Nothing can be asked of the remote meanwhile.
                try await hanging(remote) {
                    try await space.unreachable(remote.name, within: .seconds(20))
                    try await space.kubectl("scale", "deployment/others", "--replicas=6")
                    try await eventually("the other clusters take pods") {
                        let others = try await space.origin.client.get(
                            .deployments,
                            namespace: space.name,
                            name: "others"
                        )
                        return others.statusNumber("readyReplicas") == 6
                    }
                }
                try await space.fleet.nodesReady([remote.name])
                let after = try await space.running(2, app: "web", within: .seconds(30))
                #expect(after.podUIDs == before.podUIDs)
                #expect(after.delegateUIDs == before.delegateUIDs)
                let now = try await Bystanders.look(in: space, without: remote.name)
                #expect(bystanders.isPart(of: now))
            }
        }
    }

    @Test(
        "When part of the origin's control plane crashes and is back, everything goes on",
        .rows(90),
        arguments: [Component.apiserver, .controllerManager, .scheduler]
    )
    func originCrash(of component: Component) async throws {
        try await TestSpace.with("origin") { space in
            let martlet = space.fleet.martlet
            let process = await martlet.processID
            try await space.apply(Manifest.deployment(replicas: 6))
            let before = try await space.running(6)
            try await space.fleet.repaired {
                try await crash(component, of: space.origin)
                let after = try await space.running(6)
                #expect(after.podUIDs == before.podUIDs)
                #expect(after.delegateUIDs == before.delegateUIDs)
                try await space.kubectl("scale", "deployment/web", "--replicas=8")
                let more = try await space.running(8, within: .seconds(30))
                #expect(more.delegateUIDs.isSuperset(of: before.delegateUIDs))
                try await space.kubectl("delete", "deployment/web", "--wait=false")
                try await space.empty()
            }
            #expect(await martlet.processID == process)
        }
    }

    @Test(
        "API servers that come back without their history lose no change of the outage, and double none",
        .rows(90)
    )
    func forgottenHistory() async throws {
        try await TestSpace.with("history") { space in
            let (martlet, remote) = (space.fleet.martlet, space.fleet.remote("us-west"))
            for name in ["kept", "changed", "deleted", "forced", "broken"] {
                try await space.applyPod(name, on: remote.name)
            }
            let before = try await space.running(5)
            let told = martlet.logText().count
            try await space.fleet.repaired {
                // Frozen, so that it counts no lost probe: nothing but the 410 has it list the cluster anew.
                try await frozen(martlet) {
                    try await forgetting([space.origin, remote], in: space) {
                        try await space.applyPod("new", on: remote.name)
                        try await space.deletePod("deleted")
                        try await space.forceDeletePod("forced")
                        try await space.kubectl("annotate", "pod", "changed", "example.com/outage=told")
                        try await remote.kubectl(
                            "-n",
                            space.name,
                            "delete",
                            "pod",
                            "broken",
                            "--grace-period=0",
                            "--force"
                        )
                    }
                }
                let left = Set(["kept", "changed", "broken", "new"])
                let after = try await space.onlyRunning(left, within: .seconds(40))
                for name in left.subtracting(["new"]) {
                    #expect(try after.pair(name).pod.uid == before.pair(name).pod.uid)
                    let isSame = try after.pair(name).delegate.uid == before.pair(name).delegate.uid
                    #expect(isSame == (name != "broken"), "\(name)")
                }
                try await eventually("the change has arrived") {
                    try await remote.pod("changed", in: space.name)?.annotation("example.com/outage") == "told"
                }
                let expiries = martlet.logText().dropFirst(told).split(separator: "\n").filter {
                    $0.contains("Watch or list failed") && $0.contains("(410)")
                }
                #expect(expiries.contains { $0.contains(#"cluster="us-west""#) && $0.contains(#"resource="pods""#) })
                #expect(expiries.contains { $0.contains(#"cluster="origin""#) })
                try await space.applyPod("later", on: remote.name)
                try await space.onlyRunning(left.union(["later"]))
            }
        }
    }

    /// Freezes a cluster's API server for the time of some work.
    private func hanging(_ cluster: FleetCluster, while body: () async throws -> Void) async throws {
        let server = try cluster.control.component(.apiserver)
        await server.pause()
        do {
            try await body()
        } catch {
            await server.resume()
            throw error
        }
        await server.resume()
    }

    /// Freezes martlet for the time of some work.
    private func frozen(_ martlet: MartletProcess, while body: () async throws -> Void) async throws {
        await martlet.pause()
        do {
            try await body()
        } catch {
            await martlet.resume()
            throw error
        }
        await martlet.resume()
    }

    /// Does something while the ways to clusters are cut, and lets the clusters forget how it came about: etcd is compacted,
    /// and the API server, which has a memory of its own, starts anew.
    private func forgetting(
        _ clusters: [FleetCluster],
        in space: TestSpace,
        body: () async throws -> Void
    ) async throws {
        var versions: [String] = []
        for cluster in clusters {
            try await cluster.relay.set(.cut)
            versions.append(try await cluster.client.list(.pods, namespace: space.name).resourceVersion)
        }
        try await body()
        for (cluster, version) in zip(clusters, versions) {
            try await cluster.control.compactStore()
            try await crash(.apiserver, of: cluster)
            try await eventually("\(cluster.name) answers a watch from before with 410") {
                try await cluster.forgot(version, in: space.name)
            }
            try await cluster.relay.set(.open)
        }
    }

    /// Kills a part of a cluster's control plane and starts it again.
    private func crash(_ component: Component, of cluster: FleetCluster) async throws {
        let process = try cluster.control.component(component)
        await process.kill()
        try await process.start()
        try await cluster.control.waitUntilUsable()
    }
}

extension FleetCluster {
    /// Whether a watch of pods from this version is refused because it is no longer kept.
    fileprivate func forgot(_ version: String, in namespace: String) async throws -> Bool {
        do {
            let events = try await client.watch(
                .pods,
                namespace: namespace,
                resourceVersion: version,
                timeout: .seconds(5)
            )
            for try await _ in events {}
            return false
        } catch let error as APIError where error.isExpired {
            return true
        }
    }
}
