import KubeClient
import KubeModel
import Testing

@testable import Providers

/// A remote that does not let us see what there is to count.
@Suite struct CapacityAssumptionTests {
    private let assumed: ResourceList

    init() throws { assumed = ["cpu": try Quantity("16"), "pods": try Quantity("40")] }

    private func source(_ settings: CapacitySettings, forbidden: [String]) -> RemoteNodeSource {
        let source = RemoteNodeSource(cluster: "us-east", settings: settings)
        _ = source.health.answered(version: "v1.31.2", took: .milliseconds(2), wait: .milliseconds(1))
        for name in forbidden {
            source.health.failing(name, APIError(.forbidden, status: 403, message: "cannot list \(name)"))
        }
        return source
    }

    private func node() throws -> RemoteNode {
        try RemoteNode(json: [
            "metadata": ["name": "a", "resourceVersion": "1"],
            "status": [
                "capacity": ["cpu": "8", "pods": "110"], "allocatable": ["cpu": "8", "pods": "110"],
                "conditions": [["type": "Ready", "status": "True"]],
            ],
        ])
    }

    @Test func `Without a right to list nodes the limits count, less the reserve`() throws {
        let settings = CapacitySettings(reserve: ["cpu": try Quantity("2")], assumed: assumed)
        let report = source(settings, forbidden: ["nodes", "pods of others"]).report
        #expect(report.capacity == assumed)
        #expect(report.allocatable["cpu"] == (try Quantity("14")))
        guard case .degraded("CapacityAssumed", _) = report.health else {
            Issue.record("it is \(report.health)")
            return
        }
    }

    @Test func `Without limits too there is nothing to go by`() {
        guard case .notReady("RemoteForbidden", _) = source(CapacitySettings(), forbidden: ["nodes"]).report.health
        else {
            Issue.record("it is ready")
            return
        }
    }

    @Test func `Without a right to list the pods of others none are subtracted, and that is said`() throws {
        let source = source(CapacitySettings(reserve: ["cpu": try Quantity("1")]), forbidden: ["pods of others"])
        source.nodes.replace([try node()], resourceVersion: "1")
        #expect(source.report.allocatable["cpu"] == (try Quantity("7")))
        guard case .degraded("OtherPodsUnseen", _) = source.report.health else {
            Issue.record("it is \(source.report.health)")
            return
        }
        source.foreignPods.replace([], resourceVersion: "1")
        #expect(source.report.health == .ready, "a right that is given later counts")
    }

    @Test func `Without a right to list the delegates nothing is assumed, and what is missing is said`() throws {
        let source = source(CapacitySettings(assumed: assumed), forbidden: ["delegates", "pods of others"])
        source.nodes.replace([try node()], resourceVersion: "1")
        guard case .notReady("RemoteForbidden", let message) = source.report.health else {
            Issue.record("it is \(source.report.health)")
            return
        }
        #expect(message.contains("the delegates (cannot list delegates), the pods of others (cannot list"))
    }

    @Test func `What takes its time is waited for`() {
        guard
            case .unknown("CapacityUnknown", _) = source(CapacitySettings(assumed: assumed), forbidden: []).report
                .health
        else {
            Issue.record("it is known")
            return
        }
    }
}
