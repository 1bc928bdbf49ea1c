import KubeClient
import KubeModel
import Testing

extension DelegationTests {
    /// The life of a Deployment: more, fewer, another version, none.
    @Suite struct ScalingTests {}
}

extension DelegationTests.ScalingTests {
    @Test("Scaling up keeps the delegates that are there, scaling down takes only what is too much", .rows(3, 4))
    func upAndDown() async throws {
        try await TestSpace.with("scale") { space in
            try await space.apply(Manifest.deployment(replicas: 5))
            let five = try await space.running(5).delegateUIDs
            try await space.kubectl("scale", "deployment/web", "--replicas=8")
            let eight = try await space.running(8).delegateUIDs
            #expect(five.isSubset(of: eight))
            try await space.kubectl("scale", "deployment/web", "--replicas=3")
            let three = try await space.running(3).delegateUIDs
            #expect(three.isSubset(of: eight))
            let restarts = try await space.snapshot().delegates.map(\.object.restarts)
            #expect(restarts == [0, 0, 0])
        }
    }

    @Test("Scaled to zero, then deleted, a Deployment leaves nothing in any cluster", .rows(5, 25))
    func nothingLeft() async throws {
        try await TestSpace.with("delete") { space in
            try await space.kubectl("create", "configmap", "settings", "--from-literal=mode=old")
            try await space.kubectl("create", "secret", "generic", "keys", "--from-literal=a=b")
            let volumes: JSON = [
                ["name": "settings", "configMap": ["name": "settings"]],
                ["name": "keys", "secret": ["secretName": "keys"]],
            ]
            let pod = Manifest.podSpec(["terminationGracePeriodSeconds": 5, "volumes": volumes])
            try await space.apply(Manifest.deployment(replicas: 4, pod: pod))
            try await space.running(4)
            for remote in space.fleet.remotes where try await space.snapshot().counts[remote.name] != nil {
                #expect(try await space.copies(in: remote) == ["settings", "keys"])
            }
            try await space.kubectl("scale", "deployment/web", "--replicas=0")
            try await space.empty()
            try await space.kubectl("scale", "deployment/web", "--replicas=4")
            try await space.running(4)
            try await space.kubectl("delete", "deployment/web", "--wait=false")
            try await space.empty()
            for remote in space.fleet.remotes {
                try await eventually("no copy is left in \(remote.name)", within: .seconds(30)) {
                    try await space.copies(in: remote).isEmpty
                }
                // What this release puts into every namespace: kube-root-ca.crt, and more where a distribution does.
                let usual = try await Set(remote.list(.configMaps, namespace: "default").map(\.name))
                for resource in [Resource.pods, .configMaps, .replicaSets, .deployments, .services] {
                    let left = try await remote.list(resource, namespace: space.name).map(\.name)
                    #expect(Set(left).isSubset(of: usual), "\(resource.plural) in \(remote.name)")
                }
            }
        }
    }

    @Test("A rolling update never has fewer ready pods than it may, and ends with the new image only", .rows(24))
    func rollingUpdate() async throws {
        try await TestSpace.with("roll") { space in
            let strategy: JSON = ["type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": 1, "maxSurge": 2]]
            let old = Manifest.deployment(replicas: 6, ["strategy": strategy])
            try await space.apply(old)
            try await space.running(6)
            let watch = try await PodWatch.start(in: space, client: space.origin.client)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await watch.run() }
                let new = Manifest.podSpec(image: "registry.example/web:2")
                try await space.apply(Manifest.deployment(replicas: 6, pod: new, ["strategy": strategy]))
                let words = try await space.kubectl("rollout", "status", "deployment/web", "--timeout=150s")
                #expect(words.contains("successfully rolled out"))
                let snapshot = try await space.running(6, within: .seconds(30))
                #expect(Set(snapshot.delegates.map { $0.object.image }) == ["registry.example/web:2"])
                group.cancelAll()
            }
            #expect(watch.leastReady >= 5, "ready pods over time: \(watch.readyOverTime)")
            #expect(watch.readyOverTime.count > 12, "the watch saw the update: \(watch.readyOverTime)")
        }
    }

    @Test("kubectl rollout status, rollout undo and set image work on delegated Deployments", .rows(24, 78))
    func undo() async throws {
        try await TestSpace.with("undo") { space in
            try await space.apply(Manifest.deployment(replicas: 2))
            try await space.running(2)
            try await space.kubectl("set", "image", "deployment/web", "main=registry.example/web:2")
            try await space.kubectl("rollout", "status", "deployment/web", "--timeout=150s")
            let new = try await space.running(2, within: .seconds(30))
            #expect(Set(new.delegates.map { $0.object.image }) == ["registry.example/web:2"])
            try await space.kubectl("rollout", "undo", "deployment/web")
            try await space.kubectl("rollout", "status", "deployment/web", "--timeout=150s")
            let old = try await space.running(2, within: .seconds(30))
            #expect(Set(old.delegates.map { $0.object.image }) == ["registry.example/web:1"])
        }
    }
}
