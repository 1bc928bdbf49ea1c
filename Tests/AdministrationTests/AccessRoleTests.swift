import FoundationEssentials
import KubeClient
import KubeModel
import Testing

@testable import Administration

/// The manifests of docs/rbac give what the table says, no more and no less.
@Suite struct AccessRoleTests {
    /// The objects of a manifest by kind and place.
    private func manifest(_ name: String) throws -> [String: JSON] {
        var folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        folder = "/" + folder + "/docs/rbac/"
        let text = try String(contentsOfFile: folder + name, encoding: .utf8)
        let documents = text.split(separator: "\n---\n").map(String.init)
        return Dictionary(
            uniqueKeysWithValues: try documents.map { try YAMLDocument.json($0) }.map { (Self.id($0), $0) }
        )
    }

    private static func id(_ object: JSON) -> String { "\(object["kind"]?.string ?? "") \(ObjectMeta(object).key)" }

    /// The roles and bindings of a manifest have to be those of the table.
    private func compare(_ name: String, _ roles: [AccessRole]) throws {
        let manifest = try manifest(name)
        let expected = roles.flatMap { role in
            (role.given == nil ? [role.object] : []) + [role.binding(to: AccessRole.account)]
        }
        for object in expected { #expect(manifest[Self.id(object)] == object, "\(Self.id(object)) of \(name)") }
        let others = manifest.filter { !expected.map(Self.id).contains($0.key) }.values.compactMap {
            $0["kind"]?.string
        }
        #expect(Set(others).isSubset(of: ["Namespace", "ServiceAccount"]))
    }

    @Test(arguments: ["origin.yaml", "origin-tokens.yaml", "origin-annotations.yaml"])
    func `The origin's manifests are the table`(name: String) throws {
        let roles = AccessRole.origin().filter { $0.manifest == name }
        #expect(!roles.isEmpty)
        try compare(name, roles)
    }

    @Test func `The remote's manifest is the table`() throws { try compare("remote.yaml", [.remote]) }

    @Test func `The manifest of the wide right is the table`() throws {
        try compare("remote-kubelets.yaml", [.remoteKubelets])
    }
}
