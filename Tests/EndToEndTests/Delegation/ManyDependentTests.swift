import KubeClient
import KubeModel
import Testing

extension DelegationTests {
    /// More objects of a kind than are followed one by one (docs/decisions/0010-copies-of-dependents.md).
    @Suite struct ManyDependentTests {
        @Test("Of twenty Secrets each is copied and follows its edit, Helm's and a late one too", .rows(79, 93))
        func sharedWatch() async throws {
            try await TestSpace.with("many") { space in
                let remote = space.fleet.remote("us-east")
                // What is of Helm's type is left out of a watch that is shared, whatever its name.
                let names = (0..<18).map { "keys-\($0)" } + ["sh.helm.release.v1.web.v1", "release"]
                for name in names { try await space.makeSecret(name) }
                try await space.apply(Manifest.pod("web", Self.spec(names, optional: "late")))
                try await space.running(1)
                for name in names { try await space.editSecret(name) }
                try await space.makeSecret("late")
                var wanted = Dictionary(uniqueKeysWithValues: names.map { ($0, "c2Vjb25k") })
                wanted["late"] = "Zmlyc3Q="
                try await eventually("the copies are as their sources", within: .seconds(5)) {
                    let copies = try await remote.list(.secrets, namespace: space.name, labels: "martlet.dev/copy=true")
                    return Dictionary(uniqueKeysWithValues: copies.map { ($0.name, $0.at("data", "a")?.string ?? "") })
                } until: {
                    $0 == wanted
                }
            }
        }

        private static func spec(_ names: [String], optional: String) -> JSON {
            let references = (names + [optional]).map { name -> JSON in
                ["secretRef": ["name": .string(name), "optional": .bool(name == optional)]]
            }
            let container: JSON = ["name": "main", "image": "web", "envFrom": .array(references)]
            return Manifest.overlay(Manifest.cluster("us-east"), on: ["containers": [container]])
        }
    }
}

extension TestSpace {
    /// A Secret of the origin with the value "first"; a release is of Helm's type.
    fileprivate func makeSecret(_ name: String) async throws {
        let secret: JSON = [
            "apiVersion": "v1", "kind": "Secret", "metadata": ["name": .string(name)],
            "type": name.contains("release") ? "helm.sh/release.v1" : "Opaque", "stringData": ["a": "first"],
        ]
        _ = try await origin.client.create(.secrets, namespace: self.name, object: secret)
    }

    /// Gives it the value "second".
    fileprivate func editSecret(_ name: String) async throws {
        _ = try await origin.client.patch(
            .secrets,
            namespace: self.name,
            name: name,
            type: .merge,
            body: ["stringData": ["a": "second"]]
        )
    }
}
