import KubeModel
import Testing

@testable import Administration

@Suite struct ClusterStateTests {
    private func verdict(_ conditions: [JSON], silentSince: String? = nil) -> ClusterVerdict {
        ClusterVerdict(conditions: conditions.map(NodeCondition.init), silentSince: silentSince)
    }

    private func condition(_ type: String, _ status: String, _ reason: String) -> JSON {
        ["type": .string(type), "status": .string(status), "reason": .string(reason), "message": "words"]
    }

    /// Each reason that docs/architecture.md has.
    @Test(arguments: [
        ("True", "KubeletReady", ClusterState.healthy), ("True", "RemoteBusy", .degraded),
        ("True", "RemoteSlow", .degraded), ("True", "WatchFailing", .degraded), ("True", "CapacityAssumed", .degraded),
        ("True", "OtherPodsUnseen", .degraded), ("False", "RemoteConnecting", .starting),
        ("False", "Starting", .starting),
        ("False", "Synchronizing", .starting), ("False", "CapacityUnknown", .starting),
        ("False", "RemoteUnreachable", .lost), ("False", "RemoteUnhealthy", .lost),
        ("False", "RemoteUnauthorized", .lost),
        ("False", "RemoteReturning", .returning), ("False", "Settling", .returning),
        ("False", "RemoteForbidden", .failed),
        ("False", "RemoteChanged", .failed), ("False", "AnythingNew", .failed),
        ("Unknown", "NodeStatusUnknown", .unknown),
    ])
    func `The state follows from the Ready condition`(status: String, reason: String, state: ClusterState) {
        let verdict = verdict([condition("Ready", status, reason)])
        #expect(verdict.state == state)
        #expect(verdict.reason == reason)
        #expect(verdict.message == "words")
    }

    @Test func `A lost cluster whose pods stay is held, although its node is Ready`() {
        let ready = condition("Ready", "True", "ClusterLost")
        let lost = condition("martlet.dev/ClusterLost", "True", "RemoteUnreachable")
        #expect(verdict([ready, lost]).state == .held)
        #expect(verdict([ready, lost]).reason == "RemoteUnreachable")
        #expect(verdict([ready, condition("martlet.dev/ClusterLost", "True", "ClusterDetached")]).state == .detached)
    }

    @Test func `Delegates that wait for a person are news of a cluster that is well`() {
        let held = condition("martlet.dev/DeletionHeld", "True", "MassDeletion")
        let verdict = verdict([condition("Ready", "True", "KubeletReady"), held])
        #expect(verdict.state == .degraded)
        #expect(verdict.reason == "MassDeletion")
    }

    @Test func `A node whose lease has run out is not believed`() {
        let silent = verdict([condition("Ready", "True", "KubeletReady")], silentSince: "2026-11-21T19:49:24Z")
        #expect(silent.state == .unknown)
        #expect(silent.reason == "LeaseExpired")
        #expect(silent.message.contains("since 2026-11-21T19:49:24Z"))
        #expect(silent.message.contains("KubeletReady: words"))
        #expect(verdict([]).state == .unknown)
    }
}
