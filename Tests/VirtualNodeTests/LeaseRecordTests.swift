import KubeModel
import Testing

@testable import VirtualNode

@Suite struct LeaseRecordTests {
    private let record = LeaseRecord(nodeName: "us-east", nodeUID: "uid-2", duration: .seconds(40))

    @Test func `A renewal names holder, duration, time to six digits, and the node as owner`() {
        #expect(
            record.renewal(at: .seconds(1_767_323_045) + .milliseconds(500)) == [
                "metadata": [
                    "ownerReferences": [["apiVersion": "v1", "kind": "Node", "name": "us-east", "uid": "uid-2"]]
                ],
                "spec": [
                    "holderIdentity": "us-east", "leaseDurationSeconds": 40, "renewTime": "2026-01-02T03:04:05.500000Z",
                ],
            ]
        )
    }

    @Test func `A new lease lies in kube-node-lease under the node's name`() {
        let object = record.object(at: .seconds(1))
        #expect(object["apiVersion"] == "coordination.k8s.io/v1")
        #expect(object["kind"] == "Lease")
        #expect(object.at("metadata", "namespace") == "kube-node-lease")
        #expect(object.at("metadata", "name") == "us-east")
        #expect(
            object.at("metadata", "ownerReferences") == record.renewal(at: .zero).at("metadata", "ownerReferences")
        )
    }

    @Test func `A renewal is later than the one before, whatever the clock says`() {
        #expect(LeaseRecord.renewTime(now: .seconds(20), after: .seconds(10)) == .seconds(20))
        #expect(LeaseRecord.renewTime(now: .seconds(10), after: .seconds(20)) == .milliseconds(20_001))
        #expect(LeaseRecord.renewTime(now: .seconds(20), after: .seconds(20)) == .milliseconds(20_001))
    }
}
