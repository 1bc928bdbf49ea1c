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
        .rows(25, 90)
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

    /// Kills a part of a cluster's control plane and starts it again.
    private func crash(_ component: Component, of cluster: FleetCluster) async throws {
        let process = try cluster.control.component(component)
        await process.kill()
        try await process.start()
        try await cluster.control.waitUntilUsable()
    }
}
