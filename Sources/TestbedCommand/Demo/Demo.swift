import Foundation
import KubeModel
import Lifecycle
import Testbed

/// `martlet-testbed demo`: three real clusters become three nodes of a fourth, and a plain Deployment runs in them.
///
/// Each step is shown with the very commands a user would type, and checked: the demo fails where reality does not
/// match the story.
struct Demo {
    /// Whether the clusters stay when the story is over, until a signal comes.
    let keepsRunning: Bool
    /// The martlet binary.
    let martlet: String
    /// The project's folder, for the manifests and the roles.
    let project: String

    let narrator = Narrator()
    private let told = ShutdownSignal()

    /// Whether the whole story has been told.
    var isTold: Bool { told.isTriggered }

    /// - Parameter stop: ends a kept demo.
    func run(until stop: ShutdownSignal) async throws {
        narrator.chapter("Four real Kubernetes clusters: an origin, and us-east, us-west, eu-central")
        narrator.say("etcd, API servers, controllers, schedulers; a kubelet and a containerd in each remote.")
        let started = ContinuousClock.now
        let narrator = narrator
        try await withTestbed(DemoFleet.plan, progress: { narrator.say($0) }) { bed in
            let fleet = try await startMartlet(bed)
            do {
                try await tell(fleet, since: started)
            } catch {
                narrator.say("martlet's log ends so:\n\(fleet.martlet.logTail(20))")
                throw error
            }
            if keepsRunning { await keep(fleet, until: stop) }
            await fleet.martlet.stop(grace: .seconds(15))
        }
    }

    /// A place in the project, as a person there would name it.
    func path(_ name: String) -> String { project == "." ? name : "\(project)/\(name)" }

    private func tell(_ fleet: DemoFleet, since started: ContinuousClock.Instant) async throws {
        try await nodes(fleet)
        try await spread(fleet, since: started)
        try await region(fleet)
        try await scale(fleet)
        try await roll(fleet)
        try await outage(fleet)
        try await delete(fleet)
        told.trigger()
        narrator.chapter("Done: every step above was checked on real clusters")
        guard !keepsRunning else { return }
        narrator.say("To play with the clusters: make demo KEEP=1. It tells their kubeconfigs; Ctrl-C removes all.")
    }
}

// MARK: - The steps

extension Demo {
    private func nodes(_ fleet: DemoFleet) async throws {
        narrator.chapter("The clusters are nodes")
        try await fleet.check("three virtual nodes are Ready") {
            let ready = try await readyNodes(fleet)
            return .init(holds: ready.count == 3, description: "ready: \(ready)")
        }
        try await fleet.show("get", "nodes", "-L", "topology.kubernetes.io/region")
    }

    private func spread(_ fleet: DemoFleet, since started: ContinuousClock.Instant) async throws {
        narrator.chapter("A plain Deployment of 6, without a selector, lands on all of them")
        try await fleet.show("apply", "-f", "\(fleet.examples)/hello.yaml")
        try await fleet.check("the first delegate runs") {
            let running = try await fleet.delegates(of: "hello").values.joined()
                .filter { $0.at("status", "phase") == "Running" }
            return .init(holds: !running.isEmpty, description: "no delegate is Running")
        }
        narrator.say(
            "… that is \(Int((ContinuousClock.now - started) / .seconds(1))) s after the demo's first line."
        )
        try await fleet.check(
            "6 pods are Ready, each with one delegate in the cluster it is bound to, all clusters used"
        ) {
            try await fleet.looksReady("hello", count: 6, regions: ["us", "eu"])
        }
        try await fleet.showPods()
    }

    private func region(_ fleet: DemoFleet) async throws {
        narrator.chapter("With nodeSelector region=us, another lands on us-east and us-west only")
        try await fleet.show("apply", "-f", "\(fleet.examples)/us-only.yaml")
        try await fleet.check("4 pods are Ready in region us, none in eu") {
            try await fleet.looksReady("us-only", count: 4, regions: ["us"])
        }
        try await fleet.show("get", "pods", "-l", "app=us-only", "-o", "wide")
    }

    private func scale(_ fleet: DemoFleet) async throws {
        narrator.chapter("Scale up to 9, then down to 3")
        let before = try await uids(fleet)
        try await fleet.show("scale", "deployment", "hello", "--replicas=9")
        try await fleet.check("9 pods are Ready, the first 6 untouched") {
            let look = try await fleet.looksReady("hello", count: 9, regions: ["us", "eu"])
            let keepsFirst = before.isSubset(of: try await uids(fleet))
            return .init(holds: look.holds && keepsFirst, description: look.description)
        }
        let nine = try await uids(fleet)
        try await fleet.show("scale", "deployment", "hello", "--replicas=3")
        narrator.say("(That takes as long as the remotes' kubelets take to let go of a pod.)")
        try await fleet.check("exactly 3 delegates are left, of pods that were there before") {
            let left = try await fleet.delegates(of: "hello").values.joined()
            let pods = try await uids(fleet)
            let holds = left.count == 3 && pods.count == 3 && pods.isSubset(of: nine)
            return .init(holds: holds, description: "\(left.count) delegates, \(pods.subtracting(nine).count) new pods")
        }
        try await fleet.show("get", "deployments")
    }

    private func roll(_ fleet: DemoFleet) async throws {
        narrator.chapter("A rolling update")
        try await fleet.show("set", "image", "deployment/hello", "web=localhost/echo:2")
        try await fleet.show("rollout", "status", "deployment/hello", "--timeout=150s")
        try await fleet.check("only delegates with the new image are left") {
            let images = try await fleet.delegates(of: "hello").values.joined()
                .map { $0.at("spec", "containers")?[0]?["image"]?.string ?? "" }
            return .init(holds: images == Array(repeating: "localhost/echo:2", count: 3), description: "\(images)")
        }
    }

    private func outage(_ fleet: DemoFleet) async throws {
        narrator.chapter("us-west is cut off, and comes back")
        let relay = try fleet.bed.remote("us-west").relay
        let before = try await uids(fleet, of: ["hello", "us-only"])
        try await relay?.set(.cut)
        let path = "jsonpath={.status.conditions[?(@.type==\"Ready\")].message}{\"\\n\"}"
        try await fleet.check("us-west is NotReady, and says why; the others are Ready") {
            let ready = try await readyNodes(fleet)
            let words = try await fleet.bed.origin.kubectl("get", "node", "us-west", "-o", path)
            let holds = ready == ["eu-central", "us-east"] && words.hasPrefix("Cluster us-west can't be reached: ")
            return .init(holds: holds, description: "ready: \(ready); us-west says: \(words)")
        }
        try await fleet.show("get", "nodes")
        try await fleet.show("get", "node", "us-west", "-o", path)
        try await relay?.set(.open)
        try await fleet.check("us-west is Ready again, and its pods are the same ones") {
            let ready = try await readyNodes(fleet)
            let look = try await fleet.looksReady("us-only", count: 4, regions: ["us"])
            let isUntouched = try await uids(fleet, of: ["hello", "us-only"]) == before
            return .init(
                holds: ready.count == 3 && look.holds && isUntouched,
                description: "ready: \(ready); \(look.description)"
            )
        }
    }

    private func delete(_ fleet: DemoFleet) async throws {
        narrator.chapter("Delete")
        try await fleet.show("delete", "deployment", "hello", "us-only")
        try await fleet.check("nothing is left in any cluster") {
            var left = 0
            for app in ["hello", "us-only"] {
                left += try await fleet.pods(of: app).count
                left += try await fleet.delegates(of: app).values.joined().count
            }
            return .init(holds: left == 0, description: "\(left) pods are left")
        }
    }

    private func uids(_ fleet: DemoFleet, of apps: [String] = ["hello"]) async throws -> Set<String> {
        var uids: Set<String> = []
        for app in apps {
            uids.formUnion(try await fleet.pods(of: app).compactMap { $0.at("metadata", "uid")?.string })
        }
        return uids
    }

    private func readyNodes(_ fleet: DemoFleet) async throws -> [String] {
        let list = try JSON.parse(try await fleet.bed.origin.kubectl("get", "nodes", "-o", "json"))
        return (list["items"]?.array ?? []).filter(\.isReadyPod).compactMap { $0.at("metadata", "name")?.string }
            .sorted()
    }
}

// MARK: - The end

extension Demo {
    private func keep(_ fleet: DemoFleet, until stop: ShutdownSignal) async {
        narrator.chapter("The clusters go on until you press Ctrl-C here. Play, in another terminal:")
        narrator.say("export PATH=\(fleet.bed.toolbox.kubernetes):$PATH")
        narrator.say("export KUBECONFIG=\(fleet.bed.origin.kubeconfigPath)        # the origin")
        for (name, _) in DemoFleet.regions {
            guard let cluster = fleet.bed.remotes[name] else { continue }
            narrator.say("kubectl --kubeconfig \(cluster.controlPlane.kubeconfig) get pods -A        # \(name)")
        }
        narrator.say("martlet's configuration: \(fleet.configuration); its log: \(fleet.martlet.log)")
        await stop.wait()
    }
}
