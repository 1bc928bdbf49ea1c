import KubeModel
import Testing

@testable import Providers

@Suite struct DependentReadinessTests {
    private static let key = DependentKey(.configMap, ObjectKey(namespace: "shop", name: "settings"))

    private static func source(_ name: String = "settings", uid: String = "s1") -> JSON {
        [
            "kind": "ConfigMap",
            "metadata": [
                "name": .string(name), "namespace": "shop", "uid": .string(uid), "resourceVersion": "7",
            ],
        ]
    }

    private func readiness(_ copied: JSON, going: Bool = false) throws -> String {
        let copy = DependentCopy.render(copied, as: Self.key, originID: "origin-1", users: ["me"])
        var record = DependentMemory.Record()
        record.isGoing = going
        let readiness = DependentReadiness.of(
            DependentUse(copy: Self.key, source: Self.key, isOptional: false),
            source: .present(try SourceHeader(json: Self.source())),
            copy: try CopyHeader(json: copy),
            record: record,
            isVacant: false,
            cluster: "us-east"
        )
        return if case .failed(let error) = readiness { error.reason } else { "\(readiness)" }
    }

    @Test func `A pod starts with the copy of its own source only, as that is now`() throws {
        #expect(try readiness(Self.source()) == "ready")
        #expect(try readiness(Self.source(uid: "s0")) == "pending")
        #expect(try readiness(Self.source("another")) == "ConfigMapNameTaken")
        #expect(try readiness(Self.source(), going: true) == "pending")
    }
}
