import KubeModel
import Testing

/// A node of a remote dies with the delegates that it runs. By itself, because it takes minutes: how long controllers
/// wait is theirs to say.
@Suite(.fleet(.lostNode, lasting: .seconds(90)))
struct LostNodeTests {
    private static let hasty = Manifest.patience(seconds: 1)

    @Test("A delegate on a dead node: its pod says so, is replaced or comes back, and nothing runs twice", .rows(89))
    func dead() async throws {
        try await TestSpace.with("dead") { try await dead(in: $0) }
    }

    private func dead(in space: TestSpace) async throws {
        let remote = space.fleet.remote("us-east")
        let first = try await space.fillNode(of: remote, Manifest.podSpec(Self.hasty))
        let bare = try await space.uid("bare")
        try remote.stopNode("hollow-0")
        try await space.saysThatItsNodeIsLost(first)
        try await space.saysThatItsNodeIsLost("bare")
        try await space.saysThatItsNodeIsLost("once")
        try await space.isReplaced(first)
        try await space.waits("bare")
        try await space.waits("once")
        try await remote.kubectl("delete", "node", "hollow-0", "--wait=false")
        try await space.endsAfterItsNode(first)
        try await space.comesBack("bare", uid: bare, in: remote)
        try await space.runsNoMore("once")
    }
}

extension TestSpace {
    /// A Deployment's pod, one without a controller and one that runs once, all on the first node. Returns the name of the
    /// first.
    fileprivate func fillNode(of remote: FleetCluster, _ spec: JSON) async throws -> String {
        try await remote.kubectl("cordon", "hollow-1")
        try await apply(Manifest.deployment("web", replicas: 1, pod: spec))
        try await apply(Manifest.pod("bare", spec))
        try await apply(Manifest.pod("once", Manifest.overlay(["restartPolicy": "Never"], on: spec)))
        let snapshot = try await running(3)
        #expect(snapshot.delegates.allSatisfy { $0.object.nodeName == "hollow-0" })
        try await remote.kubectl("uncordon", "hollow-1")
        let names = snapshot.pods.map(\.name)
        return try #require(names.first { $0.hasPrefix("web-") })
    }

    fileprivate func uid(_ name: String) async throws -> UID {
        let pod = try await origin.pod(name, in: self.name)
        return try #require(pod).uid
    }

    fileprivate func saysThatItsNodeIsLost(_ name: String) async throws {
        try await pod(name, "says that its node is lost", within: .seconds(60)) { pod in
            pod.condition("martlet.dev/Reachable")?["reason"] == "DelegateNodeLost" && !pod.isReady
        }
    }

    fileprivate func isReplaced(_ name: String) async throws {
        try await eventually("the ReplicaSet has replaced its pod on the node that is left", within: .seconds(60)) {
            let delegates = try await snapshot(app: "web").delegates
            return delegates.contains { $0.object.nodeName == "hollow-1" && $0.object.isReady }
        }
        try await event(about: name, containing: "DelegateNodeLost", within: .seconds(10))
        let given = try await origin.pod(name, in: self.name)
        #expect(given?.isTerminating == true, "it stays until its end is proved")
        #expect(given?.condition("DisruptionTarget")?["status"] == "True")
    }

    fileprivate func endsAfterItsNode(_ name: String) async throws {
        try await eventually("the pod that was given up is gone", within: .seconds(120)) {
            try await origin.pod(name, in: self.name) == nil
        }
    }

    fileprivate func waits(_ name: String) async throws {
        let pod = try await origin.pod(name, in: self.name)
        #expect(pod?.isTerminating == false)
    }

    fileprivate func comesBack(_ name: String, uid: UID, in remote: FleetCluster) async throws {
        try await pod(name, "is back in place", within: .seconds(30)) { $0.isReady }
        let now = try await self.uid(name)
        #expect(now == uid)
        let delegate = try await remote.pod(name, in: self.name)
        #expect(delegate?.nodeName == "hollow-1")
    }

    fileprivate func runsNoMore(_ name: String) async throws {
        try await pod(name, "failed", within: .seconds(30)) { $0.phase == "Failed" }
        let delegates = try await snapshot(app: name).delegates
        #expect(delegates.allSatisfy { $0.object.phase == "Failed" })
    }
}
