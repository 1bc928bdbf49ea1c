import KubeClient
import KubeModel
import Lifecycle
import Synchronization
import TestSupport
import Testing

@testable import Providers

@Suite(.timeLimit(.minutes(1))) struct ClaimControllerTests {
    private static let key = ObjectKey(namespace: "shop", name: "data")
    private static let volume = ObjectKey(namespace: "", name: "martlet-claim-1")
    private let origin = ScriptedCluster("origin")
    private let remote = ScriptedCluster("us-east", objects: [RemoteFixture.namespace])
    private let clock = ManualClock()
    private let told = Told()
    private let need = Latch()
    private let volumes: OriginVolumes
    private let events: EventRecorder
    private let controller: ClaimController

    private final class Told: Sendable {
        let events = Mutex<[String]>([])
    }

    init() {
        (volumes, events) = OriginVolumes.following(origin)
        controller = ClaimController(
            origin: volumes,
            remote: remote.client(),
            need: need,
            identity: RemoteFixture.identity,
            storageClasses: ["remote": "fast"],
            namespaces: NamespaceDirectory(client: remote.client(), originID: "origin-1", logger: remote.logger),
            place: { $0 },
            isReachable: { true },
            tell: { [told] claim, reason, _ in told.events.withLock { $0.append("\(claim.key) \(reason)") } },
            clock: clock,
            logger: remote.logger,
            metrics: remote.metrics
        )
    }

    /// Runs the controller and the watches that it works from.
    private func running(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [volumes] in try await volumes.run() }
            group.addTask { [events] in try await events.run() }
            group.addTask { [controller] in try await controller.run() }
            group.addTask { [controller, remote] in
                try await Reflector(
                    client: remote.client(),
                    resource: .persistentVolumeClaims,
                    labelSelector: RemoteClaim.selector(RemoteFixture.identity.alone),
                    store: controller.remoteClaims,
                    logger: remote.logger,
                    metrics: remote.metrics
                ).run()
            }
            try await body()
            group.cancelAll()
            do { try await group.waitForAll() } catch is CancellationError {}
        }
    }

    private var remoteClaim: JSON? { remote.object(.persistentVolumeClaims, Self.key) }

    private func provided() async throws -> JSON {
        origin.put(ClaimPlanTests.claim())
        try await origin.until { $0.object(.persistentVolumes, Self.volume) != nil }
        return try #require(origin.object(.persistentVolumes, Self.volume))
    }

    /// Which of the two the origin tells first.
    @Test(arguments: [true, false]) func `A claim of a class that does not wait for a pod is told so, once`(
        classFirst: Bool
    ) async throws {
        let objects = [
            ["kind": "StorageClass", "metadata": ["name": "remote"], "volumeBindingMode": "Immediate"],
            ClaimPlanTests.claim(
                metadata: ["annotations": ["volume.kubernetes.io/storage-provisioner": "martlet.dev/remote"]]
            ),
        ]
        try await running {
            for object in classFirst ? objects : objects.reversed() { origin.put(object) }
            try await origin.until { !$0.requests(.create, "events").isEmpty }
            var changed = objects[1]
            changed["metadata"]?["labels"] = ["app": "changed"]
            origin.put(changed)
            origin.put(ClaimPlanTests.claim(metadata: ["name": "other", "uid": "claim-2"]))
            try await remote.until { $0.requests(.create, "persistentvolumeclaims").count == 1 }
        }
        let told = origin.requests(.create, "events")
        #expect(told.map { $0.body["reason"] } == ["ClaimNeedsFirstConsumer"])
        #expect(told.first?.body.at("involvedObject", "name") == "data")
    }

    @Test func `A claim is made in the remote and its volume in the origin, with two writes`() async throws {
        try await running {
            #expect(!need.isOpen)
            let volume = try await provided()
            #expect(need.isOpen)
            #expect(remoteClaim?.at("spec", "storageClassName") == "fast")
            let uid = remoteClaim?.at("metadata", "uid")
            #expect(volume.at("metadata", "annotations", "martlet.dev/remote-claim-uid") == uid)
            #expect(remote.lines == ["get namespaces shop", "create persistentvolumeclaims shop/data"])
            #expect(origin.lines == ["create persistentvolumes martlet-claim-1"])
        }
    }

    @Test func `A stranger's claim of that name is left alone and told, and its place taken when it goes`() async throws
    {
        var stranger = ClaimPlanTests.claim()
        stranger["metadata"]?["uid"] = "stranger"
        let stored = remote.put(stranger)
        try await running {
            origin.put(ClaimPlanTests.claim())
            try await remote.until { !$0.requests(.get, "persistentvolumeclaims").isEmpty }
            await clock.waitForSleepers()
            #expect(told.events.withLock { $0 } == ["shop/data ClaimNameTaken"])
            #expect(remoteClaim == stored)
            remote.remove(.persistentVolumeClaims, Self.key)
            clock.advance(by: .seconds(60))
            try await origin.until { $0.object(.persistentVolumes, Self.volume) != nil }
        }
    }

    @Test func `What refers to objects of the origin is refused`() async throws {
        try await running {
            origin.put(ClaimPlanTests.claim(["dataSource": ["kind": "VolumeSnapshot", "name": "s"]]))
            await clock.waitForSleepers()
            #expect(told.events.withLock { $0 } == ["shop/data ClaimNotSupported"])
            #expect(remoteClaim == nil)
        }
    }

    /// Whether the remote's claim is there after all, from a call whose answer was lost.
    @Test(arguments: [false, true]) func `A claim that its remote refuses goes back to the scheduler`(
        isThere: Bool
    ) async throws {
        remote.fault(.refuse(403, reason: "Forbidden", message: "exceeded quota")) {
            $0.verb == .create && $0.resource == "persistentvolumeclaims"
        }
        if isThere { remote.put(ClaimPlanTests.claim(metadata: ["uid": "remote-1"])) }
        try await running {
            let claim = origin.put(ClaimPlanTests.claim())
            if isThere {
                await clock.waitForSleepers()
                #expect(told.events.withLock { $0 } == ["shop/data DelegateForbidden"])
                #expect(origin.requests(.patch, "persistentvolumeclaims").isEmpty)
                return
            }
            try await origin.until { origin in
                let annotations = origin.object(.persistentVolumeClaims, Self.key)?.at("metadata", "annotations")
                return annotations?.stringMap["volume.kubernetes.io/selected-node"] == nil
            }
            let patch = origin.requests(.patch, "persistentvolumeclaims").first?.body
            #expect(patch?.at("metadata", "uid") == claim.at("metadata", "uid"))
            #expect(patch?.at("metadata", "resourceVersion") == claim.at("metadata", "resourceVersion"))
            while told.events.withLock({ $0.isEmpty }) { await Task.yield() }
            #expect(told.events.withLock { $0 } == ["shop/data ClaimRefused"])
        }
    }

    @Test func `A claim that is chosen again and refused again is asked for after growing pauses, and told once`()
        async throws
    {
        remote.fault(.refuse(403, reason: "Forbidden", message: "exceeded quota")) {
            $0.verb == .create && $0.resource == "persistentvolumeclaims"
        }
        try await running {
            for round in 1...5 {
                origin.put(ClaimPlanTests.claim())
                if round > 1 {
                    await clock.waitForSleepers()
                    // Nearly the shortest that the pause may be.
                    clock.advance(by: .milliseconds((100 << (round - 1)) - 20))
                    await clock.waitForSleepers()
                    #expect(remote.requests(.create, "persistentvolumeclaims").count == round - 1)
                }
                while origin.requests(.patch, "persistentvolumeclaims").count < round {
                    // In steps that take little of the next pause.
                    if round > 1 { clock.advance(by: .milliseconds(10)) }
                    await Task.yield()
                }
            }
            #expect(remote.requests(.create, "persistentvolumeclaims").count == 5)
            #expect(told.events.withLock { $0 } == ["shop/data ClaimRefused"])
            origin.put(ClaimPlanTests.claim(["resources": ["requests": ["storage": "2Gi"]]]))
            try await origin.until { $0.requests(.patch, "persistentvolumeclaims").count == 6 }
        }
    }

    @Test func `With the claim's end the remote's goes by its UID, then the volume`() async throws {
        try await running {
            var volume = try await provided()
            origin.remove(.persistentVolumeClaims, Self.key)
            volume["status"] = ["phase": "Released"]
            origin.put(volume)
            try await origin.until { $0.object(.persistentVolumes, Self.volume) == nil }
            #expect(remoteClaim == nil)
            let deletion = remote.requests(.delete, "persistentvolumeclaims").first
            #expect(
                deletion?.body.at("preconditions", "uid")
                    == volume.at(
                        "metadata",
                        "annotations",
                        "martlet.dev/remote-claim-uid"
                    )
            )
        }
    }

    @Test func `The volume stays until the remote itself says that the claim is gone`() async throws {
        try await running {
            var volume = try await provided()
            let claim = try #require(remoteClaim)
            remote.fault(.answer(claim)) { $0.verb == .get && $0.resource == "persistentvolumeclaims" }
            origin.remove(.persistentVolumeClaims, Self.key)
            volume["status"] = ["phase": "Released"]
            origin.put(volume)
            try await remote.until { !$0.requests(.get, "persistentvolumeclaims").isEmpty }
            await clock.waitForSleepers()
            #expect(origin.object(.persistentVolumes, Self.volume) != nil)
            remote.endFaults()
            clock.advance(by: .seconds(60))
            try await origin.until { $0.object(.persistentVolumes, Self.volume) == nil }
        }
    }

    @Test func `What an earlier claim of that name left is not handed to the next, which waits and says so`()
        async throws
    {
        var earlier = try ClaimPlanTests.remote(status: ["phase": "Bound"])
        earlier["kind"] = "PersistentVolumeClaim"
        earlier["metadata"]?["labels"]?["martlet.dev/claim-uid"] = "claim-0"
        remote.put(earlier)
        try await running {
            origin.put(ClaimPlanTests.claim())
            try await remote.until { !$0.requests(.get, "persistentvolumeclaims").isEmpty }
            await clock.waitForSleepers()
            #expect(told.events.withLock { $0 } == ["shop/data EarlierClaimKept"])
            #expect(origin.object(.persistentVolumes, Self.volume) == nil)
            remote.remove(.persistentVolumeClaims, Self.key)
            clock.advance(by: .seconds(60))
            try await origin.until { $0.object(.persistentVolumes, Self.volume) != nil }
        }
    }

    @Test func `A claim of the remote that a crash left goes, one whose claim is there does not`() async throws {
        var left = try ClaimPlanTests.remote(status: ["phase": "Pending"])
        left["kind"] = "PersistentVolumeClaim"
        remote.put(left)
        try await running {
            try await remote.until { $0.object(.persistentVolumeClaims, Self.key) == nil }
            #expect(origin.lines == ["get persistentvolumeclaims shop/data"])
        }
    }

    @Test func `An answer that was lost makes no second claim`() async throws {
        remote.fault(.loseAnswer, times: 1) { $0.verb == .create && $0.resource == "persistentvolumeclaims" }
        origin.fault(.loseAnswer, times: 1) { $0.verb == .create && $0.resource == "persistentvolumes" }
        try await running {
            _ = try await provided()
            #expect(remote.requests(.create, "persistentvolumeclaims").count <= 2)
        }
    }
}

extension OriginVolumes {
    /// The claims and volumes of a scripted origin, and the events about them.
    fileprivate static func following(_ origin: ScriptedCluster) -> (OriginVolumes, EventRecorder) {
        let (client, logger, metrics) = (origin.client(), origin.logger, origin.metrics)
        let events = EventRecorder(client: client, component: "martlet", logger: logger, metrics: metrics)
        return (OriginVolumes(client: client, events: events, logger: logger, metrics: metrics), events)
    }
}

@Suite struct PodClaimTests {
    private let volumes: OriginVolumes

    init() {
        (volumes, _) = OriginVolumes.following(ScriptedCluster("origin"))
    }

    private func sync(claim: JSON?, volume: JSON?) throws {
        volumes.claims.replace(try claim.map { [try OriginClaim(json: $0)] } ?? [], resourceVersion: "1")
        volumes.volumes.replace(try volume.map { [try OriginVolume(json: $0)] } ?? [], resourceVersion: "1")
    }

    private func reason(_ volume: JSON = ["name": "v", "persistentVolumeClaim": ["claimName": "data"]]) -> String? {
        do {
            try PodClaims(spec: ["volumes": [volume]], podName: "web-0")
                .expect(in: "shop", of: volumes, node: "us-east")
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func `A pod has its claims in its cluster, or is told which it has not`() throws {
        #expect(reason() == "ClaimsNotReady")
        try sync(claim: nil, volume: nil)
        #expect(reason() == "ClaimNotFound")
        try sync(claim: ClaimPlanTests.claim(), volume: nil)
        #expect(reason() == "ClaimNotBound")
        try sync(claim: ClaimPlanTests.claim(["volumeName": "martlet-claim-1"]), volume: ClaimPlanTests.volume())
        #expect(reason() == nil)
        let elsewhere = try ClaimPlanTests.volume(node: "us-west")
        try sync(claim: ClaimPlanTests.claim(["volumeName": "martlet-claim-1"]), volume: elsewhere)
        #expect(reason() == "ClaimNotInCluster")
        try sync(claim: ClaimPlanTests.claim(["volumeName": "nfs-7"]), volume: nil)
        #expect(reason() == "ClaimNotInCluster")
        #expect(reason(["name": "v", "emptyDir": [:]]) == nil)
    }

    @Test func `A generic ephemeral volume is the claim that the origin made for it`() throws {
        let template: JSON = ["name": "scratch", "ephemeral": ["volumeClaimTemplate": ["spec": [:]]]]
        let claim = ClaimPlanTests.claim(["volumeName": "martlet-claim-1"], metadata: ["name": "web-0-scratch"])
        try sync(claim: claim, volume: ClaimPlanTests.volume())
        #expect(reason(template) == nil)
        var spec: JSON = ["volumes": [template, ["name": "v", "emptyDir": [:]]]]
        PodClaims.rewrite(&spec, podName: "web-0")
        #expect(
            spec["volumes"] == [
                ["name": "scratch", "persistentVolumeClaim": ["claimName": "web-0-scratch"]],
                ["name": "v", "emptyDir": [:]],
            ]
        )
    }
}
