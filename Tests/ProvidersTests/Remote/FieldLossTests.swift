import KubeModel
import Testing

@testable import Providers

@Suite struct FieldLossTests {
    @Test(
        arguments: [
            (["a": 1], ["a": 2, "b": 3], []),
            (["a": ["b": ["c": 1]]], ["a": ["b": [:]]], ["a.b.c"]),
            (["hostUsers": false], [:], ["hostUsers"]),
            (["a": [:], "b": [], "c": "", "d": .null], [:], []),
            (
                ["containers": [["name": "x", "new": 1]]], ["containers": [["name": "y"], ["name": "x"]]],
                [
                    "containers[x].new"
                ]
            ),
            (
                ["volumes": [["name": "v", "image": ["reference": "r"]]]],
                ["volumes": [["name": "v", "emptyDir": [:]]]],
                [
                    "volumes[v].image"
                ]
            ),
            (
                ["volumeMounts": [["name": "v", "mountPath": "/a", "new": 1], ["name": "v", "mountPath": "/b"]]],
                [
                    "volumeMounts": [
                        ["name": "t", "mountPath": "/t"], ["name": "v", "mountPath": "/b"],
                        ["name": "v", "mountPath": "/a"],
                    ]
                ], ["volumeMounts[/a].new"]
            ),
            (["tolerations": [["key": "a", "new": 1]]], ["tolerations": [["key": "a"], ["key": "b"]]], []),
            (["tolerations": [["key": "a", "new": 1]]], ["tolerations": [["key": "a"]]], ["tolerations[0].new"]),
            (["command": ["a"]], ["command": ["b"]], []),
        ] as [(JSON, JSON, [String])]
    )
    func `What is gone is named, and what is another or was added is not`(
        sent: JSON,
        answered: JSON,
        expected: [String]
    ) {
        #expect(FieldLoss.paths(sent: sent, answered: answered) == expected)
    }

    @Test(arguments: [
        ("hostUsers", true), ("resources", true), ("resources.limits", true), ("volumes[v].image", true),
        ("initContainers[proxy].restartPolicy", true), ("initContainers[proxy].new", false),
        ("containers[main].restartPolicy", false), ("volumes[v].projected.new", false), ("hostname", false),
    ])
    func `A pod can't be without some`(path: String, expected: Bool) {
        #expect(FieldLoss.isVital(path) == expected)
    }

    /// The first minor release that need not be asked; nil where all are.
    @Test(
        arguments: [
            (["hostUsers": false], 33), (["hostUsers": true], 0), (["resources": ["limits": ["cpu": "1"]]], 34),
            (["initContainers": [["name": "a", "restartPolicy": "Always"]]], 29),
            (["initContainers": [["name": "a"]]], 0),
            (["volumes": [["name": "v", "emptyDir": [:]]]], 0),
            (["volumes": [["name": "v", "tomorrow": ["a": 1]]]], nil),
        ] as [(JSON, Int?)]
    )
    func `A release that may not have them is asked`(spec: JSON, since: Int?) {
        for minor in [20, 28, 29, 32, 33, 34, 36] {
            #expect(FieldLoss.isPossible(of: spec, in: "v1.\(minor).0") == (minor < since ?? .max))
        }
    }
}
