import KubeModel
import Testing

extension DelegationTests {
    /// How pods end: with the grace that was asked for, and not before their delegates.
    @Suite struct EndTests {}
}

extension DelegationTests.EndTests {
    @Test("The requested grace is the delegate's, and the pod stays until the delegate has gone", .rows(98))
    func grace() async throws {
        try await TestSpace.with("grace") { space in
            try await space.apply(Manifest.pod("web", annotations: ["simulated.martlet.dev/stop-seconds": "15"]))
            let place = try await space.running(1).delegates[0].cluster
            try await space.kubectl("delete", "pod/web", "--grace-period=20", "--wait=false")
            let delegate = try await eventually("the delegate ends with the requested grace", within: .seconds(3)) {
                try await space.fleet.remote(place).pod("web", in: space.name)
            } until: {
                $0?.isTerminating ?? false
            }
            #expect(delegate?.at("metadata", "deletionGracePeriodSeconds")?.int == 20)
            #expect(try await space.origin.pod("web", in: space.name)?.isTerminating == true)
            try await eventually("the pod is gone", within: .seconds(30)) {
                try await space.origin.pod("web", in: space.name) == nil
            }
            #expect(try await space.fleet.remote(place).pod("web", in: space.name) == nil)
        }
    }

    @Test("A grace that is shortened later is shortened for the delegate", .rows(98))
    func shortened() async throws {
        try await TestSpace.with("shorter") { space in
            try await space.apply(Manifest.pod("web", annotations: ["simulated.martlet.dev/stop-seconds": "300"]))
            let place = try await space.running(1).delegates[0].cluster
            try await space.kubectl("delete", "pod/web", "--grace-period=300", "--wait=false")
            try await eventually("the delegate has the first grace") {
                let delegate = try await space.fleet.remote(place).pod("web", in: space.name)
                return delegate?.at("metadata", "deletionGracePeriodSeconds")?.int == 300
            }
            try await space.kubectl("delete", "pod/web", "--grace-period=2", "--wait=false")
            try await space.empty(within: .seconds(15))
        }
    }

    @Test("Force deletion cleans the remote too", .rows(98))
    func force() async throws {
        try await TestSpace.with("force") { space in
            let spec = Manifest.podSpec(["terminationGracePeriodSeconds": 300])
            try await space.apply(Manifest.pod("web", annotations: ["simulated.martlet.dev/stop-seconds": "300"], spec))
            try await space.running(1)
            try await space.kubectl("delete", "pod/web", "--grace-period=0", "--force")
            try await space.empty(within: .seconds(10))
        }
    }

    @Test("A pod that is deleted before it could run anywhere goes at once")
    func neverRan() async throws {
        try await TestSpace.with("never") { space in
            let reference: JSON = ["configMapRef": ["name": "missing"]]
            var spec = Manifest.podSpec()
            spec["containers"] = [["name": "main", "image": "web", "envFrom": [reference]]]
            try await space.apply(Manifest.pod("web", spec))
            try await space.pod("web", "waits on a node") { $0.condition("martlet.dev/Delegated") != nil }
            try await space.kubectl("delete", "pod/web", "--wait=false")
            try await space.empty(within: .seconds(10))
        }
    }

    @Test("A finished pod stays finished when its delegate is deleted by hand", .rows(78))
    func finished() async throws {
        try await TestSpace.with("finished") { space in
            let spec = Manifest.podSpec(["restartPolicy": "Never"])
            try await space.apply(Manifest.pod("once", annotations: Manifest.run(seconds: 0.5), spec))
            try await space.pod("once", "succeeded") { $0.phase == "Succeeded" }
            let snapshot = try await space.snapshot()
            let remote = space.fleet.remote(snapshot.delegates[0].cluster)
            try await remote.kubectl("-n", space.name, "delete", "pod", "once", "--wait=false")
            try await eventually("the delegate is gone") {
                try await remote.pod("once", in: space.name) == nil
            }
            try await holds("the pod stays Succeeded without a delegate", for: .seconds(3)) {
                let now = try await space.snapshot()
                return now.delegates.isEmpty && now.pods.map(\.phase) == ["Succeeded"]
            }
        }
    }
}
