import KubeClient
import KubeModel
import Testing

extension VolumeTests {
    /// Claims of the origin and what stands behind them.
    @Suite struct ClaimTests {}
}

extension VolumeTests.ClaimTests {
    @Test("A StatefulSet over three clusters has its data back when its pods are made again")
    func statefulSet() async throws {
        try await TestSpace.with("stateful") { space in
            try await space.makeStorage()
            try await space.apply(Self.statefulSet)
            let before = try await space.running(3, within: .seconds(60))
            let claims = try await space.remoteClaims()
            #expect(Set(before.delegates.map(\.cluster)).count == 3)
            #expect(Set(claims.keys) == Set(before.delegates.map { "\($0.cluster)/data-\($0.object.name)" }))

            try await space.kubectl("delete", "pods", "--all", "--wait=false")
            let after = try await eventually("each pod is back in its cluster", within: .seconds(60)) {
                try await space.snapshot()
            } until: { now in
                now.podUIDs.count == 3 && now.podUIDs.isDisjoint(with: before.podUIDs)
                    && now.delegates.filter { !before.delegateUIDs.contains($0.object.uid) }.count == 3
            }
            #expect(Self.places(after.delegates) == Self.places(before.delegates))
            #expect(try await space.remoteClaims() == claims)

            let real = try #require(before.delegates.first { $0.cluster == "us-east" })
            try await space.pod(real.object.name, "has found what it wrote", within: .seconds(40)) { pod in
                ["state", "lastState"].contains {
                    pod.firstContainer?.at($0, "terminated", "message")?.string?.contains("kept") == true
                }
            }
            try await space.kubectl("delete", "statefulset", "db", "--wait=false")
            try await space.kubectl("delete", "pvc", "--all", "--wait=false")
            try await space.empty()
            try await Self.nothingLeft(in: space)
        }
    }

    /// The first time its container leaves a mark; the next time it says that it found it.
    private static var statefulSet: JSON {
        let script = """
            [ ! -e /data/mark ] || { echo kept >/dev/termination-log; exit 3; }
            touch /data/mark
            \(Manifest.idle)
            """
        let term: JSON = [
            "topologyKey": "kubernetes.io/hostname", "labelSelector": ["matchLabels": ["app": "db"]],
        ]
        let pod = Manifest.shellPod(
            script,
            container: ["volumeMounts": [["name": "data", "mountPath": "/data"]]],
            ["affinity": ["podAntiAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": [term]]]]
        )
        var set = Manifest.statefulSet("db", replicas: 3, pod: pod)
        set["spec"]?["podManagementPolicy"] = "Parallel"
        set["spec"]?["volumeClaimTemplates"] = [["metadata": ["name": "data"], "spec": Storage.claimSpec]]
        return set
    }

    private static func places(_ delegates: [Snapshot.Delegate]) -> Set<String> {
        Set(delegates.map { "\($0.cluster)/\($0.object.name)" })
    }

    private static func nothingLeft(in space: TestSpace) async throws {
        try await eventually("neither claims nor volumes are left", within: .seconds(30)) {
            let claims = try await space.remoteClaims()
            return "\(claims) \(try await space.originVolumes().map(\.name))"
        } until: {
            $0 == "[:] []"
        }
    }

    @Test("A generic ephemeral volume is made in the pod's cluster, and gone after it", .rows(93))
    func ephemeral() async throws {
        try await TestSpace.with("scratch") { space in
            try await space.makeStorage()
            let script = "echo kept >/data/mark && cat /data/mark >/dev/termination-log; \(Manifest.idle)"
            let mounts: JSON = ["volumeMounts": [["name": "data", "mountPath": "/data"]]]
            var spec = Manifest.shellPod(script, container: mounts, Manifest.cluster("us-east"))
            spec["volumes"] = [["name": "data", "ephemeral": ["volumeClaimTemplate": ["spec": Storage.claimSpec]]]]
            try await space.apply(Manifest.pod("web", spec))
            let snapshot = try await space.running(1, within: .seconds(60))
            let claim = try await space.origin.client.get(
                .persistentVolumeClaims,
                namespace: space.name,
                name: "web-data"
            )
            #expect(claim.at("metadata", "ownerReferences")?[0]?["uid"]?.string == snapshot.pods[0].uid)
            #expect(Array(try await space.remoteClaims().keys) == ["us-east/web-data"])
            try await space.kubectl("delete", "pod/web", "--wait=false")
            try await space.empty()
            try await Self.nothingLeft(in: space)
        }
    }

    @Test("A stranger's claim of that name is left alone and told, and its place taken when it goes")
    func stranger() async throws {
        try await TestSpace.with("strange") { space in
            try await space.makeStorage()
            let remote = space.fleet.remote("us-west")
            try await remote.makeNamespace(space.name)
            var theirs = Storage.claim("data")
            theirs["spec"]?["storageClassName"] = "elsewhere"
            try await remote.apply(theirs, namespace: space.name)
            let before = try await space.remoteClaims()
            try await space.apply(Storage.claim("data"))
            try await space.apply(Manifest.pod("web", Storage.podSpec("data", in: "us-west")))
            try await space.event(about: "data", containing: "ClaimNameTaken", within: .seconds(20))
            #expect(try await space.remoteClaims() == before)
            try await remote.kubectl("-n", space.name, "delete", "pvc", "data")
            try await space.running(1, within: .seconds(60))
            #expect(try await space.remoteClaims() != before)
        }
    }

    @Test("A pod whose claim its cluster refuses finds another cluster")
    func refusedClaim() async throws {
        try await TestSpace.with("noclaims") { space in
            let names = (0..<4).map { "data-\($0)" }
            try await space.makeStorage(perCluster: names.count)
            let remote = space.fleet.remote("us-west")
            try await remote.makeNamespace(space.name)
            let quota: JSON = [
                "apiVersion": "v1", "kind": "ResourceQuota", "metadata": ["name": "none"],
                "spec": ["hard": ["persistentvolumeclaims": "0"]],
            ]
            try await remote.apply(quota, namespace: space.name)
            try await eventually("the quota is counted") {
                let found = try await remote.kubectl("-n", space.name, "get", "resourcequota/none", "-o", "json")
                return try JSON.parse(Array(found.utf8)).at("status", "hard", "persistentvolumeclaims") == "0"
            }
            let clusters = ["us-west", "eu-central"]
            let places = Manifest.affinity([Manifest.expression("kubernetes.io/hostname", "In", clusters)])
            for name in names {
                try await space.apply(Storage.claim(name))
                var spec = Storage.podSpec(name, in: "us-west")
                spec["nodeSelector"] = nil
                try await space.apply(Manifest.pod("web-\(name)", Manifest.overlay(places, on: spec)))
            }
            let snapshot = try await space.running(names.count, within: .seconds(120))
            #expect(Set(snapshot.delegates.map(\.cluster)) == ["eu-central"])
            #expect(try await space.remoteClaims().keys.allSatisfy { $0.hasPrefix("eu-central/") })
        }
    }

    @Test("A pod whose claim is not of its cluster waits and names it")
    func foreignVolume() async throws {
        try await TestSpace.with("foreign") { space in
            try await space.origin.apply(Storage.directory(space.name, storageClass: space.name))
            var claim = Storage.claim("data")
            claim["spec"]?["storageClassName"] = .string(space.name)
            try await space.apply(claim)
            try await space.apply(Manifest.pod("web", Storage.podSpec("data", in: "us-west")))
            let pod = try await space.pod("web", "says which claim", within: .seconds(20)) {
                $0.condition("martlet.dev/Delegated")?["reason"]?.string == "ClaimNotInCluster"
            }
            let message = pod.condition("martlet.dev/Delegated")?["message"]?.string
            #expect(message?.contains("\(space.name)/data") == true)
            #expect(try await space.snapshot().delegates.isEmpty)
        }
    }

    @Test("Pods of a claim go where it was made, whatever else would suit them", .rows(93))
    func sameCluster() async throws {
        try await TestSpace.with("together") { space in
            try await space.makeStorage()
            try await space.apply(Storage.claim("data"))
            try await space.apply(Manifest.pod("first", Storage.podSpec("data", in: "us-west")))
            try await space.running(1, within: .seconds(40))
            var spec = Storage.podSpec("data", in: "us-west")
            spec["nodeSelector"] = nil
            try await space.apply(Manifest.replicaSet("others", replicas: 3, pod: spec))
            #expect(try await space.running(4, within: .seconds(40)).counts == ["us-west": 4])
            #expect(Array(try await space.remoteClaims().keys) == ["us-west/data"])
        }
    }

    @Test("A claim that no cluster can provide says why, and nothing is made for it", .rows(93))
    func unsupported() async throws {
        try await TestSpace.with("unfit") { space in
            try await space.origin.ensure(Storage.originClass, .storageClasses)
            let atOnce: JSON = ["metadata": ["name": "at-once"], "volumeBindingMode": "Immediate"]
            try await space.origin.ensure(Manifest.overlay(atOnce, on: Storage.originClass), .storageClasses)
            var choosy = Storage.claim("choosy")
            choosy["spec"]?["selector"] = ["matchLabels": ["disk": "fast"]]
            var early = Storage.claim("early")
            early["spec"]?["storageClassName"] = "at-once"
            try await space.apply(early)
            try await space.event(about: "early", containing: "ClaimNeedsFirstConsumer", within: .seconds(20))
            try await space.apply(choosy)
            try await space.apply(Manifest.pod("web", Storage.podSpec("choosy", in: "us-west")))
            try await space.event(about: "choosy", containing: "ClaimNotSupported: spec.selector", within: .seconds(20))
            #expect(try await space.remoteClaims().isEmpty)
            #expect(try await space.snapshot().delegates.isEmpty)
        }
    }

    @Test("More room is asked for in the remote, and told when it is there")
    func expansion() async throws {
        try await TestSpace.with("expand") { space in
            try await space.makeStorage()
            try await space.apply(Storage.claim("data"))
            try await space.apply(Manifest.pod("web", Storage.podSpec("data", in: "eu-central")))
            try await space.running(1, within: .seconds(40))
            let remote = space.fleet.remote("eu-central")
            let behind = try await remote.client.get(.persistentVolumeClaims, namespace: space.name, name: "data")
            #expect(behind.at("spec", "storageClassName")?.string == "slow")
            let more = #"{"spec": {"resources": {"requests": {"storage": "2Gi"}}}}"#
            try await space.kubectl("patch", "pvc", "data", "--patch", more)
            try await eventually("the remote is asked for more") {
                try await remote.client.get(.persistentVolumeClaims, namespace: space.name, name: "data")
            } until: {
                $0.at("spec", "resources", "requests", "storage")?.string == "2Gi"
            }
            // What a remote's own resizer says in the end.
            _ = try await remote.client.patch(
                .persistentVolumeClaims,
                namespace: space.name,
                name: "data",
                subresource: "status",
                type: .merge,
                body: ["status": ["capacity": ["storage": "2Gi"]]]
            )
            try await eventually("the origin's claim and volume have the new size") {
                try await Self.sizes(in: space)
            } until: {
                $0 == "2Gi 2Gi"
            }
        }
    }

    /// What the claim "data" and its volume hold, by what the origin says.
    private static func sizes(in space: TestSpace) async throws -> String {
        let claim = try await space.origin.client.get(.persistentVolumeClaims, namespace: space.name, name: "data")
        let volume = try await space.originVolumes().first
        let claimed = claim.at("status", "capacity", "storage")?.string ?? "none"
        let stated = volume?.at("spec", "capacity", "storage")?.string ?? "none"
        return "\(claimed) \(stated)"
    }
}
