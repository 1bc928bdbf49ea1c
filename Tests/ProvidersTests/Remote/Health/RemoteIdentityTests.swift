import KubeModel
import Testing

@testable import Providers

@Suite struct RemoteIdentityTests {
    private let source = RemoteNodeSource(cluster: "us-east")

    private func answer(as clusterID: String?) {
        if source.health.needsIdentity { source.health.identified(clusterID) }
        _ = source.health.answered(version: "v1.31.2", took: .zero, wait: .zero)
    }

    @Test func `A cluster is not taken for another one until a person says so`() {
        source.expect(clusterID: "first")
        answer(as: "other")
        #expect(!source.isReachable)
        guard case .notReady("RemoteChanged", let message) = source.report.health else {
            Issue.record("the health is \(source.report.health)")
            return
        }
        #expect(message.contains("martlet.dev/remote-id=other"))
        source.expect(clusterID: "other")
        #expect(source.isReachable)
    }

    /// What the node says, and what the remote says of itself.
    @Test(arguments: [(nil, "first"), ("first", "first"), ("first", nil), (nil, nil)] as [(String?, String?)])
    func `One that is the same, or does not tell, is used`(expected: String?, seen: String?) {
        source.expect(clusterID: expected)
        answer(as: seen)
        #expect(source.isReachable)
        #expect(source.report.clusterID == seen)
    }

    @Test func `It is asked at its first answer, after each outage, and now and then`() {
        #expect(source.health.needsIdentity)
        answer(as: "first")
        #expect(!source.health.needsIdentity)
        let failure = ProbeFailure(kind: .silent, message: "refused")
        for _ in 1...3 { _ = source.health.failed(failure, signs: RemoteSigns()) }
        #expect(source.health.needsIdentity)
        answer(as: "first")
        for _ in 1..<RemoteIdentity.interval {
            #expect(!source.health.needsIdentity)
            answer(as: "first")
        }
        #expect(source.health.needsIdentity)
    }
}
