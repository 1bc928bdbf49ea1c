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

    @Test(
        arguments: [
            ("hostUsers", false, true), ("hostUsers", true, false), ("resources", ["limits": [:]], true),
            ("resources.limits", ["cpu": "1"], true), ("volumes[v].image", ["reference": "r"], true),
            ("initContainers[proxy].restartPolicy", "Always", true), ("initContainers[proxy].new", 1, false),
            ("containers[main].restartPolicy", "Never", false), ("volumes[v].projected.new", 1, false),
            ("hostname", "a", false), ("securityContext.supplementalGroupsPolicy", "Strict", true),
            ("securityContext.supplementalGroupsPolicy", "Merge", false),
            ("containers[main].volumeMounts[/a.b].recursiveReadOnly", "Enabled", true),
            ("initContainers[main].volumeMounts[/a].recursiveReadOnly", "IfPossible", false),
        ] as [(String, JSON, Bool)]
    )
    func `A pod can't be without some`(path: String, value: JSON, expected: Bool) {
        #expect(FieldLoss.isVital(FieldLoss.Loss(path: path, value: value)) == expected)
    }

    @Test func `What is lost and vital is named, and the rest of what is lost is not`() {
        let merging: JSON = ["supplementalGroupsPolicy": "Merge"]
        let sent: JSON = ["hostUsers": false, "hostname": "a", "securityContext": merging]
        #expect(FieldLoss.vitalPaths(sent: sent, answered: ["securityContext": [:]]) == ["hostUsers"])
    }

    @Test(arguments: [
        ("Never", nil, true), ("Always", nil, false), ("Never", "Never", false), ("OnFailure", "Never", true),
    ])
    func `A container may not run again where its pod would not say so`(own: String, pods: String?, expected: Bool) {
        var sent: JSON = ["containers": [["name": "main", "restartPolicy": .string(own)]]]
        sent["restartPolicy"] = pods.map(JSON.string)
        var answered = sent
        answered["containers"] = [["name": "main"]]
        let paths = FieldLoss.vitalPaths(sent: sent, answered: answered)
        #expect(paths == (expected ? ["containers[main].restartPolicy"] : []))
    }

    /// The first minor release that need not be asked; nil where all are.
    @Test(
        arguments: [
            (["hostUsers": false], 33), (["hostUsers": true], 0), (["resources": ["limits": ["cpu": "1"]]], 34),
            (["initContainers": [["name": "a", "restartPolicy": "Always"]]], 29),
            (["initContainers": [["name": "a"]]], 0),
            (["containers": [["name": "a", "restartPolicy": "Never"]]], 28),
            (["securityContext": ["supplementalGroupsPolicy": "Strict"]], 33),
            (["securityContext": ["supplementalGroupsPolicy": "Merge"]], 0),
            (["containers": [["name": "a", "volumeMounts": [["name": "v", "recursiveReadOnly": "Enabled"]]]]], 31),
            (["initContainers": [["name": "a", "volumeMounts": [["recursiveReadOnly": "IfPossible"]]]]], 0),
            (["volumes": [["name": "v", "emptyDir": [:]]]], 0),
            (["volumes": [["name": "v", "tomorrow": ["a": 1]]]], nil),
        ] as [(JSON, Int?)]
    )
    func `A release that may not have them is asked`(spec: JSON, since: Int?) {
        for minor in [20, 28, 29, 30, 31, 32, 33, 34, 36] {
            #expect(FieldLoss.isPossible(of: spec, in: "v1.\(minor).0") == (minor < since ?? .max))
        }
    }
}
