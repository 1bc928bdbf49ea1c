import KubeClient
import KubeModel
import Testbed
import Testing

extension HealthTests {
    @Test("One cluster is lost and evicts, one is lost and holds, one comes and goes", .rows(25, 65, 108))
    func threeLinks() async throws {
        try await TestSpace.with("links") { space in
            let links = ThreeLinks(space: space)
            try await links.populate()
            let before = try await space.snapshot()
            try await space.fleet.repaired {
                try await links.cut()
                async let watch = links.flapping()
                try await links.lostOnesSaySo()
                try await links.heldPodsSayWhy()
                try await links.heldPodsStay(since: before)
                try await links.evictedPodsMove()
                let flapping = try await watch
                #expect(flapping.transitions <= 1, "the node of the unsteady link changed its mind too often")
                #expect(flapping.placedShare >= 0.995, "replicas were missing behind the unsteady link")
                try await links.heldPodsStay(since: before)
                try await links.nodesKeepTheirWord()
                try await links.open()
                try await links.truthBeforeReady()
                try await links.conditionsAreTheDelegates()
                try await links.nothingIsLostOrDoubled(since: before)
            }
        }
    }
}

/// A lost cluster that evicts (us-east), one that holds (eu-central), and one that comes and goes (us-west).
struct ThreeLinks {
    let space: TestSpace

    private var fleet: Fleet { space.fleet }
    private var lost: LostCluster { LostCluster(space: space, cluster: "us-east") }

    /// Pods that move when their cluster is lost, 30 that stay for their patience, 30 that are held, and some behind
    /// the unsteady link.
    func populate() async throws {
        let american = Manifest.overlay(["terminationGracePeriodSeconds": 20], on: Manifest.region("us"))
        try await space.apply(
            Manifest.deployment("movers", replicas: 4, annotations: LostCluster.slow, pod: Manifest.podSpec(american))
        )
        let staying = Manifest.overlay(Manifest.patience(seconds: 600), on: Manifest.cluster("us-east"))
        try await space.apply(Manifest.deployment("stayers", replicas: 30, pod: Manifest.podSpec(staying)))
        let held = Manifest.podSpec(Manifest.cluster("eu-central"))
        try await space.apply(Manifest.deployment("held", replicas: 30, pod: held))
        let shaken = Manifest.podSpec(Manifest.cluster("us-west"))
        try await space.apply(Manifest.deployment("shaken", replicas: 3, pod: shaken))
        try await space.running(67, within: .seconds(40))
    }

    func cut() async throws {
        for name in ["us-east", "eu-central"] { try await fleet.remote(name).relay.set(.cut) }
    }

    func open() async throws {
        for name in ["us-east", "eu-central"] { try await fleet.remote(name).relay.set(.open) }
    }

    /// Takes the link of us-west away six times, and watches what that does; `LinkSoak` does it for longer.
    func flapping() async throws -> Steadiness {
        let end = ContinuousClock.now + .seconds(60)
        async let seen = Replicas(space: space, cluster: "us-west", app: "shaken", count: 3).watched(until: end)
        try await fleet.flap("us-west", until: end)
        return try await seen
    }

    func lostOnesSaySo() async throws {
        try await space.unreachable("us-east", within: .seconds(20))
        let node = try await eventually("the node that holds says that its cluster is lost", within: .seconds(20)) {
            try await fleet.node("eu-central")
        } until: {
            $0.condition("martlet.dev/ClusterLost")?["status"]?.string == "True"
        }
        #expect(node.condition("martlet.dev/ClusterLost")?["reason"]?.string == "RemoteUnreachable")
        #expect(node.isReady, "the origin would evict its pods")
        #expect(node.condition("Ready")?["message"]?.string?.contains("onLost: hold") == true)
        try await eventually("it takes no new pods") {
            try await fleet.node("eu-central").at("spec", "taints")?.array ?? []
        } until: {
            $0.contains { $0["key"]?.string == "martlet.dev/cluster-lost" && $0["effect"]?.string == "NoSchedule" }
        }
        try await space.applyPod("newcomer", on: "eu-central")
        for app in ["stayers", "held"] {
            try await eventually("the pods of \(app) are not ready") {
                try await space.origin.pods(in: space.name, labels: "app=\(app)").allSatisfy { !$0.isReady }
            }
        }
    }

    func heldPodsSayWhy() async throws {
        try await eventually("the pods of held say that they are held") {
            let pods = try await space.origin.pods(in: space.name, labels: "app=held")
            return pods.map { $0.condition("martlet.dev/Reachable") }
        } until: { (conditions: [JSON?]) in
            conditions.count == 30
                && conditions.allSatisfy {
                    $0?["status"]?.string == "False" && $0?["message"]?.string?.contains("onLost: hold") == true
                }
        }
    }

    /// Their clusters have been cut off for longer than a lease lasts: had nobody renewed those, the origin would say by
    /// now that it has not heard of the nodes.
    func nodesKeepTheirWord() async throws {
        let lost = try await fleet.node("us-east").condition("Ready")
        #expect(lost?["status"]?.string == "False")
        #expect(lost?["reason"]?.string == "RemoteUnreachable")
        let held = try await fleet.node("eu-central").condition("Ready")
        #expect(held?["status"]?.string == "True")
        #expect(held?["reason"]?.string == "ClusterLost")
    }

    func heldPodsStay(since before: Snapshot) async throws {
        let pods = try await space.origin.pods(in: space.name, labels: "app=held")
        let earlier = Set(before.pods.filter { $0.label("app") == "held" }.map(\.uid))
        #expect(Set(pods.map(\.uid)) == earlier)
        #expect(pods.allSatisfy { !$0.isTerminating })
        #expect(try await space.origin.pod("newcomer", in: space.name)?.nodeName.isEmpty == true)
    }

    /// Those of the lost cluster wait for the proof of their end, and say so; others run elsewhere.
    func evictedPodsMove() async throws {
        let waiting = try #require(try await lost.moved("movers", replicas: 4).first)
        #expect(waiting.condition("martlet.dev/Reachable")?["status"]?.string == "False")
        try await space.event(about: waiting.name, containing: "DeletionWaits")
        try await space.forceDeletePod(waiting.name)
        #expect(try await space.origin.pod(waiting.name, in: space.name) == nil)
    }

    func truthBeforeReady() async throws {
        try await lost.truthBeforeReady()
        try await fleet.nodesReady(within: .seconds(15))
    }

    func conditionsAreTheDelegates() async throws {
        try await eventually("each pod's conditions are its delegate's again", within: .seconds(10)) {
            try await space.snapshot()
        } until: { snapshot in
            snapshot.pods.filter { !$0.isTerminating }.allSatisfy { pod in
                pod.isReady && pod.condition("martlet.dev/Reachable") == nil && snapshot.delegates(of: pod).count == 1
            }
        }
    }

    func nothingIsLostOrDoubled(since before: Snapshot) async throws {
        let after = try await space.running(68, within: .seconds(20))
        for app in ["stayers", "held", "shaken"] {
            let uids = { (pods: [JSON]) in Set(pods.filter { $0.label("app") == app }.map(\.uid)) }
            #expect(uids(after.pods) == uids(before.pods))
            #expect(uids(after.delegates.map(\.object)) == uids(before.delegates.map(\.object)))
        }
        let node = try await fleet.node("eu-central")
        #expect(node.condition("martlet.dev/ClusterLost") == nil)
        #expect(node.at("spec", "taints") == nil)
    }
}
