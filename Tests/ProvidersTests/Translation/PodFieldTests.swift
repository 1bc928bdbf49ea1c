import Foundation
import KubeModel
import Testing

@testable import Providers

/// The table of fields against the code, and the documentation against the table.
@Suite struct PodFieldTests {
    private static let fullPod: FullPod = {
        let url = Bundle.module.url(forResource: "pod-fields", withExtension: "txt", subdirectory: "Fixtures")
        guard let url, let data = try? Data(contentsOf: url) else { preconditionFailure("the fixture is missing") }
        return FullPod(String(decoding: data, as: UTF8.self))
    }()

    private func delegate(_ pod: JSON) throws -> JSON {
        let rendered = try DelegatePod.render(
            pod,
            identity: DelegateIdentity(originID: "origin-1", nodeName: "us-east"),
            namespace: ObjectMeta(pod).namespace,
            owner: ["kind": "Namespace"]
        )
        return DelegatePod.creation(of: rendered.object)
    }

    /// Lists whose elements take different ways are compared by their members.
    private static let mixed: Set<String> = ["object", "objects"]

    @Test func `Every field of the newest API fares as the table says`() throws {
        let pod = Self.fullPod.json
        let delegate = try delegate(pod)
        for field in Self.fullPod.fields where !Self.mixed.contains(field.kind) {
            let before = pod.values(at: field.keys[...])
            let after = delegate.values(at: field.keys[...])
            #expect(!before.isEmpty, "\(field.path) is not in the pod")
            switch PodFieldTable.row(for: field.path)?.fate {
            case nil, .configured, .refused: #expect(after == before, "\(field.path)")
            case .left, .following: #expect(after.isEmpty, "\(field.path)")
            case .rewritten: break
            }
        }
    }

    @Test func `What the table calls rewritten is not what it was`() throws {
        var full = Self.fullPod
        full.fieldPath = "metadata.uid"
        let pod = full.json
        let delegate = try delegate(pod)
        for row in PodFieldTable.rows where row.fate == .rewritten {
            let keys = FullPod.Field(path: row.path, kind: "").keys
            #expect(!pod.values(at: keys[...]).isEmpty, "\(row.path)")
            #expect(delegate.values(at: keys[...]) != pod.values(at: keys[...]), "\(row.path)")
        }
    }

    @Test func `What the table calls refused is refused, and allowed where the policies say so`() throws {
        for rule in PodRule.all {
            let field = "spec.\(rule.field)"
            #expect(PodFieldTable.row(for: field)?.fate == .refused)
            #expect(Self.fullPod.fields.contains { $0.path == field || $0.path == field + "[]" }, "\(field)")
            var spec = Self.fullPod.json["spec"] ?? [:]
            if rule.demand == .hostPorts { spec["hostNetwork"] = nil }
            #expect(rule.breaks(spec), "\(field)")
        }
    }

    @Test func `Every row is about a field of the API`() {
        for row in PodFieldTable.rows where row.path != "status" {
            let isField = Self.fullPod.fields.contains { $0.path == row.path || $0.path == row.path + "[]" }
            #expect(isField, "\(row.path)")
        }
        #expect(Set(PodFieldTable.rows.map(\.path)).count == PodFieldTable.rows.count)
    }

    @Test func `The documentation says what the table says`() throws {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        let text = try String(contentsOf: url.appendingPathComponent("docs/pods.md"), encoding: .utf8)
        let missing = "docs/pods.md must contain, as the code has it:\n"
        #expect(text.contains(PodFieldTable.document), "\(missing)\(PodFieldTable.document)")
        let unchanged = PodFieldTable.unchanged(among: Self.fullPod.fields.map(\.path))
        #expect(text.contains(unchanged), "\(missing)\(unchanged)")
    }
}
