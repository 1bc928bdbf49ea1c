import KubeClient
import KubeModel
import Synchronization
import TestSupport
import Testing

@testable import Providers

@Suite struct RemoteNodeSourceTests {
    private let source = RemoteNodeSource(cluster: "us-east")

    private func answer(version: String = "v1.31.2") -> Bool {
        source.health.answered(version: version, took: .milliseconds(20), wait: .milliseconds(20))
    }

    private func fail(_ message: String = "refused") {
        _ = source.health.failed(ProbeFailure(kind: .silent, message: message), signs: RemoteSigns())
    }

    private func connected(visit: Int) { source.health.connected("delegates", visit: visit, isTruth: true) }

    private func counted(_ lists: [String], visit: Int) {
        for list in lists { source.health.connected(list, visit: visit, isTruth: false) }
    }

    private func listAll() {
        source.nodes.replace([], resourceVersion: "1")
        source.foreignPods.replace([], resourceVersion: "1")
    }

    private var reason: String? {
        switch source.report.health {
        case .ready: nil
        case .unknown(let reason, _), .degraded(let reason, _), .notReady(let reason, _): reason
        }
    }

    @Test func `A cluster that was never heard of is unknown`() {
        #expect(reason == "RemoteConnecting")
        #expect(!source.isReachable)
    }

    @Test(arguments: [true, false])
    func `The amount is unknown until nodes and the pods of others are listed`(nodesFirst: Bool) {
        #expect(!answer(), "it was not away")
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

    @Test func `Three failures in a row make it not ready, one answer and the list of what runs ready again`() {
        listAll()
        _ = answer()
        fail()
        fail()
        #expect(source.isReachable)
        #expect(!answer(), "two failures were no outage")
        for _ in 1...2 { fail() }
        #expect(source.isReachable, "an answer ends the row")
        fail("no route")
        #expect(!source.isReachable)
        #expect(reason == "RemoteUnreachable")
        let before = source.health.visit
        #expect(answer())
        #expect(!source.isReachable)
        #expect(reason == "RemoteReturning")
        connected(visit: before)
        #expect(!source.isReachable, "a watch of the time before the outage tells nothing of it")
        connected(visit: source.health.visit)
        #expect(source.isReachable)
        counted(["nodes", "pods of others"], visit: before)
        counted(["nodes"], visit: source.health.visit)
        #expect(reason == "CapacityUnknown", "what room there is was known before the outage")
        counted(["pods of others"], visit: source.health.visit)
        #expect(source.report.health == .ready)
    }

    @Test func `On the return what our identity may not list is not waited for`() {
        listAll()
        _ = answer()
        for _ in 1...3 { fail() }
        #expect(answer())
        connected(visit: source.health.visit)
        counted(["nodes"], visit: source.health.visit)
        #expect(reason == "CapacityUnknown")
        source.health.failing("pods of others", APIError(.forbidden, status: 403, message: "not yours"))
        #expect(source.report.health == .ready)
    }

    @Test func `A cluster that never answered is not ready after three failures too`() {
        fail()
        fail()
        #expect(reason == "RemoteConnecting")
        fail()
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
        func answer(version: String = "v1.31.2") { _ = self.answer(version: version) }
        #expect(count { answer() } == 1)
        #expect(count { answer() } == 0)
        #expect(count { answer(version: "v1.32.0") } == 1)
        #expect(count { for _ in 1...2 { fail() } } == 0)
        #expect(count { fail() } == 1)
        #expect(count { fail() } == 0)
        #expect(count { connected(visit: 0) } == 1)
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

    @Test func `A cluster that does not let us see it says what is not allowed, in its words`() {
        let told = Mutex(0)
        source.onNodeChange { told.withLock { $0 += 1 } }
        _ = answer()
        let before = told.withLock { $0 }
        let error = APIError(.forbidden, status: 403, message: "cannot list resource \"pods\" at the cluster scope")
        source.health.failing("delegates", error)
        #expect(told.withLock { $0 } > before)
        guard case .notReady("RemoteForbidden", let message) = source.report.health else {
            Issue.record("it is \(source.report.health)")
            return
        }
        #expect(message.contains("delegates (cannot list resource \"pods\" at the cluster scope)"))
        listAll()
        #expect(source.report.health == .ready, "one that was seen once is not lost at the first refusal")
    }
}
