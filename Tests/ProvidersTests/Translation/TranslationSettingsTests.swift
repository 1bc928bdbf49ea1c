import KubeModel
import TestSupport
import Testing

@testable import Providers

@Suite struct TranslationSettingsTests {
    private func render(
        _ pod: JSON,
        namespace: String = "shop",
        _ change: (inout TranslationSettings) throws -> Void
    ) throws -> JSON {
        var settings = TranslationSettings()
        try change(&settings)
        return try DelegatePod.render(
            pod,
            identity: DelegateIdentity(originID: "0a1b2c3d-4e5f", nodeName: "us-east"),
            namespace: namespace,
            owner: ["kind": "Namespace"],
            settings: settings
        ).object
    }

    @Test func `A delegate gets what the configuration of its cluster says`() throws {
        let pod = PodFixture.json(
            metadata: ["labels": ["app": "web", "tier": "x"]],
            spec: [
                "priorityClassName": "high", "runtimeClassName": "own", "nodeSelector": ["zone": "a"],
                "tolerations": [["key": "own", "operator": "Exists"]],
            ]
        )
        let delegate = try render(pod) { settings in
            settings.nodeSelector = ["pool": "delegates"]
            settings.tolerations = [["key": "pool", "operator": "Exists"], ["key": "own", "operator": "Exists"]]
            settings.runtimeClassName = "gvisor"
            settings.priorityClasses = ["high": "remote-high"]
            settings.labels = ["tier": "remote", "team": "blue"]
            settings.annotations = ["note": "n"]
        }
        #expect(delegate.at("spec", "nodeSelector") == ["pool": "delegates"])
        #expect(
            delegate.at("spec", "tolerations") == [
                ["key": "own", "operator": "Exists"], ["key": "pool", "operator": "Exists"],
            ]
        )
        #expect(delegate.at("spec", "runtimeClassName") == "gvisor")
        #expect(delegate.at("spec", "priorityClassName") == "remote-high")
        #expect(delegate.at("metadata", "labels", "tier") == "remote")
        #expect(delegate.at("metadata", "labels", "app") == "web")
        #expect(delegate.at("metadata", "annotations", "note") == "n")
        let carried = try JSON.parse(delegate.at("metadata", "annotations", "martlet.dev/carried")?.string ?? "")
        #expect(carried == ["labels": ["app", "team", "tier"], "annotations": ["note"]])
    }

    @Test func `A priority class that is not mapped does not travel`() throws {
        let pod = PodFixture.json(spec: ["priorityClassName": "low", "priority": 5])
        let delegate = try render(pod) { $0.priorityClasses = ["high": "x"] }
        #expect(delegate.at("spec", "priorityClassName") == nil)
        #expect(delegate.at("spec", "priority") == nil)
    }

    // MARK: - Patches

    private static func patch(_ operations: JSON, selector: String = "") throws -> PodPatch {
        PodPatch(
            selector: try LabelSelector(parsing: selector),
            operations: try JSONPatch.operations(from: operations)
        )
    }

    @Test func `Patches change the pods that they select`() throws {
        let operations: JSON = [
            ["op": "replace", "path": "/spec/containers/0/image", "value": "other:2"],
            ["op": "add", "path": "/spec/containers/0/args", "value": ["-v"]],
            ["op": "add", "path": "/metadata/annotations/example.com~1x", "value": "y"],
            ["op": "remove", "path": "/metadata/annotations/gone"],
        ]
        let metadata: JSON = ["labels": ["app": "web"], "annotations": ["gone": "1"]]
        let delegate = try render(PodFixture.json(metadata: metadata)) {
            $0.patches = [try Self.patch(operations, selector: "app in (web)")]
        }
        #expect(delegate.at("spec", "containers")?[0]?["image"] == "other:2")
        #expect(delegate.at("spec", "containers")?[0]?["args"] == ["-v"])
        #expect(delegate.at("metadata", "annotations", "example.com/x") == "y")
        #expect(delegate.at("metadata", "annotations", "gone") == nil)
        let other = try render(PodFixture.json(metadata: metadata)) {
            $0.patches = [try Self.patch(operations, selector: "app=db")]
        }
        #expect(other.at("spec", "containers")?[0]?["image"] == "registry.example/web:1")
    }

    @Test func `A patch whose test fails does not apply, and the next one does`() throws {
        let delegate = try render(PodFixture.json()) {
            $0.patches = [
                try Self.patch([
                    ["op": "add", "path": "/spec/hostname", "value": "h"],
                    ["op": "test", "path": "/spec/restartPolicy", "value": "Never"],
                ]),
                try Self.patch([["op": "add", "path": "/spec/subdomain", "value": "s"]]),
            ]
        }
        #expect(delegate.at("spec", "hostname") == nil)
        #expect(delegate.at("spec", "subdomain") == "s")
    }

    @Test func `A patch that does not fit is told with its place`() throws {
        let error = #expect(throws: ProviderError.self) {
            try render(PodFixture.json()) {
                $0.patches = [try Self.patch([["op": "remove", "path": "/spec/containers/3"]])]
            }
        }
        #expect(error?.code == .rejected)
        #expect(error?.message.contains("/spec/containers/3") == true)
    }

    @Test func `No patch takes a delegate out of our hands or onto a virtual node`() throws {
        let delegate = try render(PodFixture.json()) {
            $0.patches = [
                try Self.patch([
                    ["op": "add", "path": "/metadata/name", "value": "x"],
                    ["op": "add", "path": "/metadata/namespace", "value": "kube-system"],
                    ["op": "replace", "path": "/metadata/labels", "value": ["martlet.dev/origin": "x"]],
                    ["op": "replace", "path": "/metadata/annotations", "value": ["martlet.dev/pod": "a/b"]],
                    ["op": "add", "path": "/spec/nodeName", "value": "virtual"],
                    ["op": "add", "path": "/spec/affinity", "value": ["nodeAffinity": [:]]],
                ])
            ]
        }
        #expect(delegate.at("metadata", "name") == "web-0")
        #expect(delegate.at("metadata", "namespace") == "shop")
        #expect(delegate.at("metadata", "labels", "martlet.dev/origin") == "0a1b2c3d-4e5f")
        #expect(delegate.at("metadata", "annotations", "martlet.dev/pod") == "shop/web-0")
        #expect(delegate.at("spec", "nodeName") == nil)
        #expect(delegate.text.contains(#""operator":"NotIn","values":["virtual-kubelet"]"#))
    }

    // MARK: - Namespaces

    @Test func `A delegate in another namespace knows its pod's`() throws {
        let annotations = try render(PodFixture.json(), namespace: "shop-0a1b2c3d") { _ in }
            .at("metadata", "annotations")
        #expect(annotations?["martlet.dev/pod"] == "shop/web-0")
        #expect(annotations?["martlet.dev/origin-namespace"] == "shop")
        #expect(annotations?["martlet.dev/delegate"] == "shop-0a1b2c3d/web-0")
    }
}
