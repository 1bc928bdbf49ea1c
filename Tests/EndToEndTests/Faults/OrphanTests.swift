import KubeClient
import KubeModel
import Testbed
import Testing

extension FaultTests {
    /// Delegates and their pods come apart.
    @Suite struct OrphanTests {}
}

extension FaultTests.OrphanTests {
    @Test("A delegate without a pod is ended only when the origin has said so; another origin's never", .rows(13))
    func sweep() async throws {
        try await TestSpace.with("orphan") { space in
            let cluster = "us-east"
            try await space.applyPod("web", on: cluster)
            let model = try await space.running(1).pair("web").delegate
            let remote = space.fleet.remote(cluster)
            try await space.fleet.repaired {
                try await space.origin.relay.set(.stalled)
                let orphan = delegate("orphan", like: model, origin: nil)
                let foreign = delegate("foreign", like: model, origin: "5b3f1c9e-0000-4000-8000-0123456789ab")
                for object in [orphan, foreign] {
                    _ = try await remote.client.create(.pods, namespace: space.name, object: object)
                }
                try await eventually("both run") {
                    try await space.delegates(in: cluster).filter(\.isReady).count == 3
                }
                let strange = try #require(try await remote.pod("foreign", in: space.name))
                try await holds("the orphan stays while the origin can't be asked", for: .seconds(3)) {
                    try await remote.pod("orphan", in: space.name)?.isTerminating == false
                }
                try await space.origin.relay.set(.open)
                try await eventually("the orphan is gone", within: .seconds(20)) {
                    try await remote.pod("orphan", in: space.name) == nil
                }
                let still = try #require(try await remote.pod("foreign", in: space.name))
                #expect(still.uid == strange.uid)
                #expect(still.resourceVersion == strange.resourceVersion)
                #expect(try await space.delegates(in: cluster).contains { $0.uid == model.uid && !$0.isTerminating })
            }
            try await remote.kubectl("-n", space.name, "delete", "pod", "foreign", "--grace-period=0", "--force")
        }
    }

    @Test("A pod made anew under its name waits for the end of the delegate of the one before", .rows(81, 83, 98))
    func madeAnew() async throws {
        try await TestSpace.with("anew") { space in
            let remote = space.fleet.remote("us-west")
            let pod = Manifest.podSpec(Manifest.cluster(remote.name))
            try await space.apply(Manifest.statefulSet("db", replicas: 1, pod: pod))
            let first = try await space.running(1).pair("db-0")
            try await setFinalizers(["example.com/hold"], of: "db-0", in: remote, space)
            try await space.forceDeletePod("db-0")
            try await eventually("the delegate is to go, and its pod's successor is there") {
                let pods = try await space.origin.pods(in: space.name)
                let delegate = try await remote.pod("db-0", in: space.name)
                return pods.contains { $0.uid != first.pod.uid && $0.nodeName == remote.name }
                    && delegate?.isTerminating == true
            }
            try await holds("only the first delegate is there, and the successor waits", for: .seconds(3)) {
                let snapshot = try await space.snapshot()
                return snapshot.delegateUIDs == [first.delegate.uid]
                    && snapshot.pods.allSatisfy { $0.phase == "Pending" }
            }
            try await setFinalizers([], of: "db-0", in: remote, space)
            let second = try await space.running(1, within: .seconds(20)).pair("db-0")
            #expect(second.pod.uid != first.pod.uid)
            #expect(second.delegate.uid != first.delegate.uid)
        }
    }

    @Test("Copies whose last user went while martlet was dead are collected, and those in use stay", .rows(79, 83))
    func orphanedCopies() async throws {
        try await TestSpace.with("copies") { space in
            let remote = space.fleet.remote("us-east")
            for name in ["kept", "left"] { try await space.kubectl("create", "configmap", name, "--from-literal=a=b") }
            for name in ["kept", "left"] {
                let container: JSON = [
                    "name": "main", "image": "a", "envFrom": [["configMapRef": ["name": .string(name)]]],
                ]
                // What ends slowly keeps its copy until martlet is dead.
                let members: JSON = ["containers": [container], "terminationGracePeriodSeconds": 20]
                let pod = Manifest.overlay(Manifest.cluster(remote.name), on: members)
                try await space.apply(
                    Manifest.pod(name, annotations: ["simulated.martlet.dev/stop-seconds": "15"], pod)
                )
            }
            try await space.running(2)
            let kept = try #require(try await remote.find(.configMaps, "kept", in: space.name))
            try await space.fleet.repaired {
                try await space.deletePod("left")
                try await eventually("the delegate is gone, or going") {
                    try await remote.pod("left", in: space.name)?.isTerminating != false
                }
                await space.fleet.martlet.kill()
                try await space.origin.kubectl(
                    ["-n", space.name, "delete", "pod", "left", "--grace-period=0", "--force", "--ignore-not-found"]
                )
                try await space.origin.kubectl("-n", space.name, "delete", "configmap", "left")
                #expect(try await Set(space.copies(in: remote)) == ["kept", "left"])
                try await space.fleet.martlet.start()
                try await eventually("only the copy in use is left", within: .seconds(30)) {
                    try await space.copies(in: remote) == ["kept"]
                }
                let still = try await remote.find(.configMaps, "kept", in: space.name)
                #expect(still?.resourceVersion == kept.resourceVersion, "taken over without a write")
            }
        }
    }

    /// A delegate of a pod that never was.
    private func delegate(_ name: String, like model: JSON, origin: String?) -> JSON {
        var labels = model.at("metadata", "labels") ?? [:]
        labels["martlet.dev/pod-uid"] = "0badcafe-0000-4000-8000-0123456789ab"
        if let origin { labels["martlet.dev/origin"] = .string(origin) }
        let namespace = model.at("metadata", "namespace")?.string ?? ""
        var pod = Manifest.pod(name, Manifest.podSpec(["terminationGracePeriodSeconds": 1]))
        pod["metadata"] = [
            "name": .string(name), "labels": labels,
            "annotations": ["martlet.dev/pod": .string("\(namespace)/\(name)")],
        ]
        return pod
    }

    private func setFinalizers(
        _ finalizers: [String],
        of pod: String,
        in remote: FleetCluster,
        _ space: TestSpace
    ) async throws {
        let list = JSON.array(finalizers.map { .string($0) })
        let body: JSON = ["metadata": ["finalizers": finalizers.isEmpty ? .null : list]]
        _ = try await remote.client.patch(.pods, namespace: space.name, name: pod, type: .merge, body: body)
    }
}
