import KubeModel
import Testing

@testable import Admission

@Suite struct TolerationRuleTests {
    private let rule = TolerationRule(keys: ["example.com/only", "example.com/spot"])

    private func tolerations(after verdict: AdmissionVerdict, on pod: JSON) throws -> JSON? {
        guard case .allowed(let patch) = verdict else { throw Unexpected() }
        return try JSONPatch.apply(patch, to: pod).at("spec", "tolerations")
    }

    @Test func `A pod without tolerations has those of the rule`() throws {
        let pod: JSON = ["spec": [:]]
        let expected: JSON = [
            ["key": "example.com/only", "operator": "Exists"], ["key": "example.com/spot", "operator": "Exists"],
        ]
        #expect(try tolerations(after: rule.verdict(on: pod), on: pod) == expected)
    }

    @Test func `Those that it has stay, and none comes twice`() throws {
        let own: JSON = ["key": "example.com/only", "operator": "Exists"]
        let other: JSON = ["key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"]
        let pod: JSON = ["spec": ["tolerations": [own, other]]]
        let patch = rule.verdict(on: pod)
        let spot: JSON = ["key": "example.com/spot", "operator": "Exists"]
        #expect(patch == .allowed([.add(JSONPointer(["spec", "tolerations", "-"]), spot)]))
        let all: JSON = [own, other, spot]
        #expect(try tolerations(after: patch, on: pod) == all)
        let again: JSON = ["spec": ["tolerations": all]]
        #expect(rule.verdict(on: again) == .unchanged)
    }

    @Test func `Who tolerates everything needs no more`() {
        #expect(rule.verdict(on: ["spec": ["tolerations": [["operator": "Exists"]]]]) == .unchanged)
    }

    @Test(
        arguments: [
            ["key": "example.com/only", "operator": "Exists", "effect": "NoSchedule"],
            ["key": "example.com/only", "operator": "Equal", "value": "yes"],
            ["key": "example.com/only", "value": "yes"],
        ] as [JSON]
    )
    func `One for some effects or values is not enough`(standing: JSON) throws {
        let pod: JSON = ["spec": ["tolerations": [standing]]]
        let after = try tolerations(after: rule.verdict(on: pod), on: pod)
        #expect(after?.array?.count == 3)
    }
}
