import KubeModel
import TestSupport
import Testing

@testable import Providers

@Suite struct SchedulingConstraintTests {
    private static let realNode: JSON = ["key": "type", "operator": "NotIn", "values": ["virtual-kubelet"]]
    private static let required = "requiredDuringSchedulingIgnoredDuringExecution"
    private static let preferred = "preferredDuringSchedulingIgnoredDuringExecution"

    private func spec(_ spec: JSON, _ scheduling: TranslationSettings.Scheduling = .keep) throws -> JSON {
        var settings = TranslationSettings()
        settings.scheduling = scheduling
        settings.namespace = try NamespaceTemplate("x-{namespace}")
        let object = try DelegatePod.render(
            PodFixture.json(spec: spec),
            identity: DelegateIdentity(originID: "origin-1", nodeName: "us-east"),
            namespace: "x-shop",
            owner: [:],
            settings: settings
        ).object
        return object["spec"] ?? [:]
    }

    private func terms(_ spec: JSON) -> JSON? {
        spec.at("affinity", "nodeAffinity", Self.required, "nodeSelectorTerms")
    }

    private static func expression(_ key: String) -> JSON { ["key": .string(key), "operator": "In", "values": ["v"]] }

    private static func affinity(_ terms: JSON) -> JSON {
        ["affinity": ["nodeAffinity": [required: ["nodeSelectorTerms": terms]]]]
    }

    @Test func `Constraints stay in the origin unless the configuration keeps them`() throws {
        let constraints: JSON = [
            "nodeSelector": ["disk": "ssd"], "topologySpreadConstraints": [["maxSkew": 1]],
            "affinity": ["podAffinity": [Self.required: [["topologyKey": "zone"]]]],
        ]
        let dropped = try spec(constraints, .drop)
        #expect(dropped["nodeSelector"] == nil)
        #expect(dropped["topologySpreadConstraints"] == nil)
        #expect(dropped.at("affinity", "podAffinity") == nil)
        let kept = try spec(constraints)
        #expect(kept["nodeSelector"] == ["disk": "ssd"])
        #expect(kept["topologySpreadConstraints"] == [["maxSkew": 1]])
        #expect(kept.at("affinity", "podAffinity") != nil)
    }

    @Test func `Every alternative is kept off virtual nodes`() throws {
        let alternatives: JSON = [
            ["matchExpressions": [Self.expression("disk")]], ["matchExpressions": [Self.expression("zone")]],
        ]
        #expect(
            terms(try spec(Self.affinity(alternatives))) == [
                ["matchExpressions": [Self.expression("disk"), Self.realNode]],
                ["matchExpressions": [Self.expression("zone"), Self.realNode]],
            ]
        )
        #expect(terms(try spec([:])) == [["matchExpressions": [Self.realNode]]])
    }

    @Test func `What chose the virtual node itself does not bind in its cluster`() throws {
        #expect(try spec(["nodeSelector": ["kubernetes.io/hostname": "us-east"]])["nodeSelector"] == nil)
        let mixed: JSON = [
            [
                "matchExpressions": [Self.expression("kubernetes.io/hostname"), Self.expression("disk")],
                "matchFields": [Self.expression("metadata.name")],
            ]
        ]
        #expect(
            terms(try spec(Self.affinity(mixed))) == [["matchExpressions": [Self.expression("disk"), Self.realNode]]]
        )
    }

    @Test func `An alternative that was about the virtual node alone leaves every node open`() throws {
        let alternatives: JSON = [
            ["matchExpressions": [Self.expression("kubernetes.io/hostname")]],
            ["matchExpressions": [Self.expression("disk")]],
        ]
        #expect(terms(try spec(Self.affinity(alternatives))) == [["matchExpressions": [Self.realNode]]])
    }

    @Test func `A preference for the virtual node is no preference there`() throws {
        let preferences: JSON = [
            ["weight": 1, "preference": ["matchExpressions": [Self.expression("type")]]],
            ["weight": 2, "preference": ["matchExpressions": [Self.expression("disk")]]],
        ]
        let spec = try spec(["affinity": ["nodeAffinity": [Self.preferred: preferences]]])
        #expect(
            spec.at("affinity", "nodeAffinity", Self.preferred)
                == [["weight": 2, "preference": ["matchExpressions": [Self.expression("disk")]]]]
        )
    }

    @Test func `Neighbours are sought in the namespaces of delegates`() throws {
        let term: JSON = ["topologyKey": "zone", "namespaces": ["shop", "db"]]
        let spec = try spec([
            "affinity": [
                "podAntiAffinity": [Self.required: [term], Self.preferred: [["weight": 1, "podAffinityTerm": term]]]
            ]
        ])
        let anti = spec.at("affinity", "podAntiAffinity")
        #expect(anti?[Self.required]?[0]?["namespaces"] == ["x-shop", "x-db"])
        #expect(anti?[Self.preferred]?[0]?.at("podAffinityTerm", "namespaces") == ["x-shop", "x-db"])
    }

    /// What an API server makes of a selector when it merges keys for a pod with the values "v".
    private static let merged: JSON = [
        "matchLabels": ["app": "web"],
        "matchExpressions": [expression("hash"), ["key": "tenant", "operator": "NotIn", "values": ["v"]]],
    ]

    @Test func `Label keys that the origin has merged into a selector do not travel beside it`() throws {
        let term: JSON = [
            "topologyKey": "zone", "labelSelector": Self.merged, "matchLabelKeys": ["hash"],
            "mismatchLabelKeys": ["tenant"],
        ]
        let bare: JSON = ["topologyKey": "zone", "labelSelector": Self.merged]
        let constraint: JSON = [
            "maxSkew": 1, "topologyKey": "zone", "labelSelector": Self.merged, "matchLabelKeys": ["hash", "track"],
        ]
        let spec = try spec([
            "affinity": [
                "podAffinity": [Self.required: [term]],
                "podAntiAffinity": [Self.preferred: [["weight": 1, "podAffinityTerm": term]]],
            ],
            "topologySpreadConstraints": [constraint],
        ])
        #expect(spec.at("affinity", "podAffinity", Self.required) == [bare])
        #expect(
            spec.at("affinity", "podAntiAffinity", Self.preferred) == [["weight": 1, "podAffinityTerm": bare]]
        )
        var rest = constraint
        rest["matchLabelKeys"] = ["track"]
        #expect(spec["topologySpreadConstraints"] == [rest])
    }

    @Test func `Label keys that the origin has not merged travel as they are`() throws {
        // Its own expression of that key says something else.
        let term: JSON = ["topologyKey": "zone", "labelSelector": Self.merged, "mismatchLabelKeys": ["hash"]]
        let constraints: JSON = [
            "affinity": ["podAffinity": [Self.required: [term]]],
            "topologySpreadConstraints": [
                ["maxSkew": 1, "labelSelector": ["matchLabels": ["app": "web"]], "matchLabelKeys": ["hash"]]
            ],
        ]
        let spec = try spec(constraints)
        #expect(spec.at("affinity", "podAffinity") == constraints.at("affinity", "podAffinity"))
        #expect(spec["topologySpreadConstraints"] == constraints["topologySpreadConstraints"])
    }
}
