import KubeModel
import Testing

@testable import Admission

@Suite struct PlacementRuleTests {
    private let rule = PlacementRule(annotations: ["martlet.dev/cluster", "multicluster.admiralty.io/clustername"])

    private func pod(_ annotations: [String: String], _ spec: JSON = [:]) -> JSON {
        ["metadata": ["name": "web", "annotations": JSON(annotations)], "spec": spec]
    }

    @Test(arguments: ["martlet.dev/cluster", "multicluster.admiralty.io/clustername"])
    func `An annotation becomes the node selector of its cluster's nodes`(key: String) throws {
        let pod = pod([key: "us-west"])
        guard case .allowed(let patch) = rule.verdict(on: pod) else { throw Unexpected() }
        let selector: JSON = ["martlet.dev/cluster": "us-west"]
        #expect(try JSONPatch.apply(patch, to: pod).at("spec", "nodeSelector") == selector)
    }

    @Test func `What the pod asks for besides is left, and no more is changed than has to be`() throws {
        let pod = pod(["multicluster.admiralty.io/clustername": "us-west"], ["nodeSelector": ["disk": "fast"]])
        let path = JSONPointer(["spec", "nodeSelector", "martlet.dev/cluster"])
        #expect(rule.verdict(on: pod) == .allowed([.add(path, "us-west")]))
        #expect("\(path)" == "/spec/nodeSelector/martlet.dev~1cluster")
    }

    @Test func `A selector that says the same is left alone, and so is a pod without the annotation`() {
        let same: JSON = ["nodeSelector": ["martlet.dev/cluster": "us-west"]]
        #expect(rule.verdict(on: pod(["martlet.dev/cluster": "us-west"], same)) == .unchanged)
        #expect(rule.verdict(on: pod([:], same)) == .unchanged)
        #expect(rule.verdict(on: pod(["example.com/cluster": "us-west"])) == .unchanged)
        #expect(rule.verdict(on: ["metadata": ["name": "web"], "spec": [:]]) == .unchanged)
    }

    @Test func `Both annotations may say the same`() throws {
        let pod = pod(["martlet.dev/cluster": "us-west", "multicluster.admiralty.io/clustername": "us-west"])
        guard case .allowed(let patch) = rule.verdict(on: pod) else { throw Unexpected() }
        #expect(patch.count == 1)
    }

    @Test func `A selector of another cluster is a contradiction`() {
        let pod = pod(
            ["multicluster.admiralty.io/clustername": "us-west"],
            ["nodeSelector": ["martlet.dev/cluster": "us-east"]]
        )
        let words =
            "the annotation multicluster.admiralty.io/clustername names cluster \"us-west\", but the pod's nodeSelector "
            + "asks for martlet.dev/cluster=us-east"
        #expect(rule.verdict(on: pod) == .denied(words))
    }

    @Test func `Two annotations of different clusters are a contradiction`() {
        let words =
            "the annotation martlet.dev/cluster names cluster \"us-west\", but the annotation "
            + "multicluster.admiralty.io/clustername names cluster \"us-east\""
        #expect(
            rule.verdict(
                on: pod(["martlet.dev/cluster": "us-west", "multicluster.admiralty.io/clustername": "us-east"])
            ) == .denied(words)
        )
    }

    @Test(arguments: ["", "us west", "-west", "a/b", String(repeating: "a", count: 64)])
    func `What is no value of a label is denied`(value: String) throws {
        guard case .denied(let words) = rule.verdict(on: pod(["martlet.dev/cluster": value])) else {
            throw Unexpected()
        }
        #expect(words.contains("martlet.dev/cluster"))
    }

    @Test(arguments: ["x", "\u{301}"])
    func `A long value is cut in the message, though it be one character with marks without end`(piece: String) throws {
        let value = String(repeating: piece, count: 200_000)
        guard case .denied(let named) = rule.verdict(on: pod(["martlet.dev/cluster": value])) else {
            throw Unexpected()
        }
        #expect(named.utf8.count < 600)
        let selector: JSON = ["nodeSelector": ["martlet.dev/cluster": .string(value)]]
        guard case .denied(let asked) = rule.verdict(on: pod(["martlet.dev/cluster": "us-west"], selector)) else {
            throw Unexpected()
        }
        #expect(asked.contains("names cluster \"us-west\", but the pod's nodeSelector asks for martlet.dev/cluster"))
        #expect(asked.utf8.count < 600)
    }

    @Test(
        arguments: [
            ["metadata": [:], "spec": ["nodeName": "us-east"]],
            [
                "metadata": ["ownerReferences": [["kind": "DaemonSet", "name": "agent", "controller": true]]],
                "spec": [:],
            ],
            ["metadata": ["labels": ["martlet.dev/origin": "a", "martlet.dev/pod-uid": "b"]], "spec": [:]],
        ] as [JSON]
    )
    func `Pods whose node is chosen otherwise are bystanders`(pod: JSON) {
        #expect(Bystander.contains(pod))
    }

    @Test func `Pods of a Deployment are no bystanders`() {
        let owner: JSON = ["kind": "ReplicaSet", "name": "web", "controller": true]
        #expect(!Bystander.contains(["metadata": ["ownerReferences": [owner]], "spec": ["nodeName": ""]]))
    }
}

/// The verdict is another one than the test is about.
struct Unexpected: Error {}
