import KubeModel
import Providers
import TestSupport
import Testing

@testable import PodSync

/// What a scheduler's words are in a kubelet's.
@Suite struct UnschedulableReasonTests {
    @Test(arguments: [
        ("0/3 nodes are available: 3 Insufficient cpu.", "OutOfcpu"),
        ("0/1 nodes are available: 1 Insufficient memory.", "OutOfmemory"),
        ("0/2 nodes are available: 2 Too many pods.", "OutOfpods"),
        ("0/2 nodes are available: 2 Insufficient ephemeral-storage.", "OutOfephemeral-storage"),
        ("0/2 nodes are available: 2 Insufficient nvidia.com/gpu.", "OutOfnvidia.com/gpu"),
        ("0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports.", "NodePorts"),
        ("0/3 nodes are available: 3 node(s) didn't match node selector.", "NodeAffinity"),
        ("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity.", "NodeAffinity"),
        ("0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.", "NodeAffinity"),
        ("0/1 nodes are available: 1 node(s) had taint {pool: a}, that the pod didn't tolerate.", "TaintToleration"),
        ("0/1 nodes are available: 1 node(s) had untolerated taint {pool: a}.", "TaintToleration"),
        ("0/1 nodes are available: 1 node(s) had untolerated taint(s).", "TaintToleration"),
    ])
    func `A cause that holds on every node is the kubelet's reason`(words: String, reason: String) {
        #expect(UnschedulableReason.reason(of: words) == reason)
    }

    @Test func `Preemption is not looked into`() {
        let words =
            "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: "
            + "1 Insufficient memory, 2 No preemption victims found for incoming pod."
        #expect(UnschedulableReason.reason(of: words) == "OutOfcpu")
    }

    @Test(arguments: [
        ("0/3 nodes are available: 3 Insufficient cpu, 3 Insufficient memory.", "OutOfcpu"),
        ("0/3 nodes are available: 1 Insufficient cpu, 3 Insufficient memory.", "OutOfmemory"),
        ("0/3 nodes are available: 1 node(s) had taint {a: b}, that is, 2 node(s) had taint {c: }.", "TaintToleration"),
    ])
    func `Of several causes the first that holds on every node counts`(words: String, reason: String) {
        #expect(UnschedulableReason.reason(of: words) == reason)
    }

    @Test(arguments: [
        "0/3 nodes are available: 1 Insufficient cpu, 2 Insufficient memory.",
        "0/3 nodes are available: 1 node(s) had taint {a: b}, that the pod didn't tolerate, 2 Insufficient cpu.",
        "0/3 nodes are available: 3 node(s) didn't match pod affinity rules.",
        "0/3 nodes are available: 3 node(s) were unschedulable.",
        "0/0 nodes are available: .", "no nodes available to schedule pods", "", "0/3 nodes are available:",
        "0/x nodes are available: 3 Insufficient cpu.", "0/3 nodes are available: Insufficient cpu.",
        "0/99999999 nodes are available: 99999999 Insufficient cpu.",
        "0/3 nodes are available: 3 Insufficient $(reboot).", "0/3 nodes are available: 3 Insufficient .",
    ])
    func `Mixed causes, and words that a kubelet has no name for, are unschedulable`(words: String) {
        #expect(UnschedulableReason.reason(of: words) == "Unschedulable")
    }

    private static let unscheduled: JSON = [
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "words",
    ]

    @Test func `Only an instance that never had a node has the scheduler's words`() throws {
        let pod = try PodFixture.pod()
        func words(
            _ condition: JSON,
            node: String? = nil,
            nominated: String? = nil,
            phase: PodPhase = .pending,
            ends: Bool = false
        ) -> String? {
            var status: JSON = ["conditions": [condition]]
            if let nominated { status["nominatedNodeName"] = .string(nominated) }
            let instance = PodFixture.instance(
                for: pod,
                nodeName: node,
                phase: phase,
                isTerminating: ends,
                status: status
            )
            return UnschedulableReason.words(of: instance)
        }
        #expect(words(Self.unscheduled) == "words")
        #expect(words(Self.unscheduled, node: "worker-1") == nil)
        #expect(words(Self.unscheduled, nominated: "worker-1") == nil, "others have to go for it")
        #expect(words(Self.unscheduled, nominated: "") == "words")
        #expect(words(Self.unscheduled, phase: .failed) == nil)
        #expect(words(Self.unscheduled, ends: true) == nil)
        #expect(words(["type": "PodScheduled", "status": "True"]) == nil)
        #expect(words(["type": "PodScheduled", "status": "False", "reason": "SchedulingGated"]) == nil)
    }
}
