import KubeModel
import Testing

@Suite struct LeaseTests {
    @Test("A lease is read")
    func read() throws {
        let lease = try Lease(json: [
            "metadata": ["name": "us-east", "namespace": "kube-node-lease"],
            "spec": [
                "holderIdentity": "us-east", "leaseDurationSeconds": 40, "renewTime": "2024-02-29T12:00:00.500000Z",
                "acquireTime": "2024-02-29T12:00:00.000000Z", "leaseTransitions": 2,
            ],
        ])
        #expect(lease.holderIdentity == "us-east")
        #expect(lease.leaseDurationSeconds == 40)
        #expect(lease.renewTime == 1_709_208_000.5)
        #expect(lease.acquireTime == 1_709_208_000)
        #expect(lease.leaseTransitions == 2)
    }

    @Test("A lease without a spec has no holder")
    func empty() throws {
        let lease = try Lease(json: ["metadata": ["name": "a"], "spec": ["renewTime": "soon"]])
        #expect(lease.holderIdentity.isEmpty)
        #expect(lease.renewTime == nil)
        #expect(lease.leaseDurationSeconds == nil)
        #expect(lease.leaseTransitions == 0)
    }
}
