import KubeModel
import Testing

/// A field of a pod's spec that Kubernetes 1.20 does not have.
struct NewField: Sendable, CustomTestStringConvertible {
    let name: String
    /// The first minor release that has it without a feature gate set.
    let since: Int
    /// Whether the pod can't be without (docs/pods.md).
    let isVital: Bool
    /// What it is called where it got lost.
    let path: String
    /// The members of the spec that hold it.
    let spec: JSON
    /// Where it is in a spec.
    let value: @Sendable (JSON) -> JSON?

    var testDescription: String { name }

    static let all = [
        NewField(
            name: "pod-resources",
            since: 34,
            isVital: true,
            path: "resources",
            spec: ["resources": ["requests": ["cpu": "1"], "limits": ["cpu": "1", "memory": "64Mi"]]],
            value: { $0["resources"] }
        ),
        NewField(
            name: "host-users",
            since: 33,
            isVital: true,
            path: "hostUsers",
            spec: ["hostUsers": false],
            value: { $0["hostUsers"] }
        ),
        NewField(
            name: "sidecar",
            since: 29,
            isVital: true,
            path: "initContainers[proxy].restartPolicy",
            spec: ["initContainers": [["name": "proxy", "image": "proxy", "restartPolicy": "Always"]]],
            value: { $0["initContainers"]?[0]?["restartPolicy"] }
        ),
        NewField(
            name: "image-volume",
            since: 35,
            isVital: true,
            path: "volumes[model].image",
            spec: ["volumes": [["name": "model", "image": ["reference": "registry.example/model:1"]]]],
            value: { spec in spec["volumes"]?.array?.first { $0["name"] == "model" }?["image"] }
        ),
        NewField(
            name: "groups-policy",
            since: 33,
            isVital: true,
            path: "securityContext.supplementalGroupsPolicy",
            spec: ["securityContext": ["supplementalGroupsPolicy": "Strict"]],
            value: { $0.at("securityContext", "supplementalGroupsPolicy") }
        ),
        NewField(
            name: "read-only-mount",
            since: 31,
            isVital: true,
            path: "containers[main].volumeMounts[/v].recursiveReadOnly",
            spec: [
                "volumes": [["name": "v", "emptyDir": [:]]],
                "containers": [["name": "main", "image": "web", "volumeMounts": [mount]]],
            ],
            value: { $0["containers"]?[0]?["volumeMounts"]?.array?.first { $0["name"] == "v" } }
        ),
        ofContainer(
            "resize-policy",
            "resizePolicy",
            since: 33,
            [["resourceName": "cpu", "restartPolicy": "RestartContainer"]]
        ),
        ofContainer(
            "restart-rules",
            "restartPolicyRules",
            since: 35,
            [["action": "Restart", "exitCodes": ["operator": "In", "values": [42]]]],
            with: ["restartPolicy": "Never"]
        ),
    ]

    private static let mount: JSON = [
        "name": "v", "mountPath": "/v", "readOnly": true, "recursiveReadOnly": "Enabled",
    ]

    private static func ofContainer(
        _ name: String,
        _ member: String,
        since: Int,
        _ value: JSON,
        with others: JSON = [:]
    ) -> NewField {
        var container = Manifest.overlay(others, on: ["name": "main", "image": "web"])
        container[member] = value
        // A container that is to be started otherwise than its pod keeps the pod out by that alone.
        var spec: JSON = ["containers": [container]]
        spec["restartPolicy"] = others["restartPolicy"]
        return NewField(
            name: name,
            since: since,
            isVital: false,
            path: "containers[main].\(member)",
            spec: spec,
            value: { $0["containers"]?[0]?[member] }
        )
    }
}
