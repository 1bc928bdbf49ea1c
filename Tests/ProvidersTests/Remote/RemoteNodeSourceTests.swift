import KubeClient
import KubeModel
import Synchronization
import TestSupport
import Testing

@testable import Providers

@Suite struct RemoteNodeSourceTests {
    private let source = RemoteNodeSource(cluster: "us-east")

    private func answer(version: String = "v1.31.2") -> Bool {
        source.answered(version: version, roundTrip: .milliseconds(20))
    }

    private func listAll() {
        source.nodes.replace([], resourceVersion: "1")
        source.foreignPods.replace([], resourceVersion: "1")
    }

    private var reason: String? {
        switch source.report.health {
        case .ready: nil
        case .unknown(let reason, _), .notReady(let reason, _): reason
        }
    }

    @Test func `A cluster that was never heard of is unknown`() {
        #expect(reason == "RemoteConnecting")
        #expect(!source.isReachable)
    }

    @Test(arguments: [true, false])
    func `The amount is unknown until nodes and the pods of others are listed`(nodesFirst: Bool) {
        #expect(answer())
        #expect(source.isReachable)
        #expect(reason == "CapacityUnknown")
        if nodesFirst {
            source.nodes.replace([], resourceVersion: "1")
        } else {
            source.foreignPods.replace([], resourceVersion: "1")
        }
        #expect(reason == "CapacityUnknown")
        listAll()
        #expect(source.report.health == .ready)
    }

    @Test func `Three failures in a row make it not ready, one answer ready again`() {
        listAll()
        #expect(answer())
        source.failed("refused")
        source.failed("refused")
        #expect(source.isReachable)
        #expect(!answer(), "two failures were no outage")
        for _ in 1...2 { source.failed("refused") }
        #expect(source.isReachable, "an answer ends the row")
        source.failed("no route")
        #expect(!source.isReachable)
        #expect(source.report.health == .notReady(reason: "RemoteUnreachable", message: "no route"))
        #expect(answer())
        #expect(source.report.health == .ready)
    }

    @Test func `A cluster that never answered is not ready after three failures too`() {
        source.failed("refused")
        source.failed("refused")
        #expect(reason == "RemoteConnecting")
        source.failed("refused")
        #expect(reason == "RemoteUnreachable")
    }

    @Test func `Changes are told, and what is no change is not`() {
        let told = Mutex(0)
        source.onNodeChange { told.withLock { $0 += 1 } }
        func count(_ change: () -> Void) -> Int {
            told.withLock { $0 = 0 }
            change()
            return told.withLock { $0 }
        }
        #expect(count { _ = answer() } == 1)
        #expect(count { _ = answer() } == 0)
        #expect(count { _ = answer(version: "v1.32.0") } == 1)
        #expect(count { for _ in 1...2 { source.failed("refused") } } == 0)
        #expect(count { source.failed("refused") } == 1)
        #expect(count { source.failed("refused") } == 0)
        #expect(count { source.listed() } == 1)
    }

    // MARK: - Whose pods count

    /// The pod's labels, and whether it takes from what we can use.
    @Test(
        arguments: [
            ([:], true),
            (["app": "web"], true),
            (DelegateIdentity(originID: "origin-1", nodeName: "us-east").labels(podUID: "uid-1"), false),
            (DelegateIdentity(originID: "origin-1", nodeName: "eu-west").labels(podUID: "uid-1"), true),
            (DelegateIdentity(originID: "origin-2", nodeName: "us-east").labels(podUID: "uid-1"), true),
        ] as [([String: String], Bool)]
    )
    func `Every pod is foreign but the delegates of this very node`(labels: [String: String], isForeign: Bool) throws {
        let selector = try LabelSelector(parsing: RemoteFixture.identity.foreignSelector)
        #expect(selector.matches(labels) == isForeign)
    }
}
