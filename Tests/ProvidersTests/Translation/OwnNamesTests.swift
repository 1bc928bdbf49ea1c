import KubeModel
import TestSupport
import Testing

@testable import Providers

@Suite struct OwnNamesTests {
    private func spec(_ spec: JSON, namespace: String) throws -> JSON {
        let object = try DelegatePod.render(
            PodFixture.json(spec: spec),
            identity: DelegateIdentity(originID: "origin-1", nodeName: "us-east"),
            namespace: namespace,
            owner: [:]
        ).object
        return object["spec"] ?? [:]
    }

    private static func variable(_ path: String) -> JSON {
        ["name": "V", "valueFrom": ["fieldRef": ["apiVersion": "v1", "fieldPath": .string(path)]]]
    }

    @Test(
        arguments: [
            ("metadata.uid", "uid-1", "uid-1"), ("spec.nodeName", "us-east", "us-east"),
            ("spec.serviceAccountName", "web", "web"), ("metadata.namespace", nil, "shop"),
            ("metadata.name", nil, nil), ("status.hostIP", nil, nil), ("status.podIP", nil, nil),
            ("metadata.labels['app']", nil, nil),
        ] as [(String, String?, String?)]
    )
    func `A variable shows what it shows in the origin`(path: String, same: String?, renamed: String?) throws {
        for (namespace, expected) in [("shop", same), ("other", renamed)] {
            for field in ["initContainers", "containers"] {
                let container: JSON = ["name": "main", "image": "a", "env": [Self.variable(path)]]
                let result = try spec(["serviceAccountName": "web", field: [container]], namespace: namespace)
                let value: JSON = expected.map { ["name": "V", "value": .string($0)] } ?? Self.variable(path)
                #expect(result[field]?[0]?["env"] == [value], "\(namespace) \(field)")
            }
        }
    }

    @Test(arguments: [
        ("metadata.uid", "metadata.labels['martlet.dev/pod-uid']", "metadata.labels['martlet.dev/pod-uid']"),
        ("metadata.namespace", "metadata.namespace", "metadata.annotations['martlet.dev/origin-namespace']"),
        ("metadata.name", "metadata.name", "metadata.name"), ("metadata.labels", "metadata.labels", "metadata.labels"),
    ])
    func `A file shows what it shows in the origin`(path: String, same: String, renamed: String) throws {
        func volumes(_ path: String) -> JSON {
            let files: JSON = ["items": [["path": "f", "fieldRef": ["fieldPath": .string(path)]]]]
            return [
                ["name": "a", "downwardAPI": files],
                ["name": "b", "projected": ["sources": [["downwardAPI": files], ["configMap": ["name": "c"]]]]],
            ]
        }
        #expect(try spec(["volumes": volumes(path)], namespace: "shop")["volumes"] == volumes(same))
        #expect(try spec(["volumes": volumes(path)], namespace: "other")["volumes"] == volumes(renamed))
    }

    @Test func `Resources and plain values stay`() throws {
        let env: JSON = [
            ["name": "A", "value": "$(B)"],
            ["name": "C", "valueFrom": ["resourceFieldRef": ["resource": "limits.cpu"]]],
        ]
        let result = try spec(["containers": [["name": "main", "env": env]]], namespace: "other")
        #expect(result["containers"]?[0]?["env"] == env)
    }
}
