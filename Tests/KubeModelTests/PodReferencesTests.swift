import Testing

@testable import KubeModel

@Suite struct PodReferencesTests {
    @Test func `Every place that names a ConfigMap or a Secret is found once`() {
        let spec: JSON = [
            "initContainers": [["env": [["valueFrom": ["secretKeyRef": ["name": "init", "key": "k"]]]]]],
            "containers": [
                [
                    "env": [
                        ["valueFrom": ["configMapKeyRef": ["name": "env", "key": "k"]]],
                        ["valueFrom": ["fieldRef": ["fieldPath": "metadata.name"]]],
                    ],
                    "envFrom": [
                        ["configMapRef": ["name": "from"]], ["secretRef": ["name": "from", "optional": true]],
                    ],
                ]
            ],
            "ephemeralContainers": [["envFrom": [["configMapRef": ["name": "debug"]]]]],
            "volumes": [
                ["configMap": ["name": "volume"]], ["secret": ["secretName": "volume", "optional": true]],
                ["projected": ["sources": [["secret": ["name": "projected"]], ["configMap": ["name": "env"]]]]],
                ["emptyDir": [:]],
            ],
        ]
        #expect(
            PodReference.all(in: spec) == [
                PodReference(.secret, "init", isOptional: false),
                PodReference(.configMap, "env", isOptional: false),
                PodReference(.configMap, "from", isOptional: false),
                PodReference(.secret, "from", isOptional: true),
                PodReference(.configMap, "debug", isOptional: false),
                PodReference(.configMap, "volume", isOptional: false),
                PodReference(.secret, "volume", isOptional: true),
                PodReference(.secret, "projected", isOptional: false),
            ]
        )
    }

    @Test(arguments: [(true, true, true), (true, false, false), (false, true, false)])
    func `A mandatory mention wins over an optional one`(first: Bool, second: Bool, expected: Bool) {
        let spec: JSON = [
            "containers": [
                [
                    "envFrom": [
                        ["configMapRef": ["name": "c", "optional": .bool(first)]],
                        ["configMapRef": ["name": "c", "optional": .bool(second)]],
                    ]
                ]
            ]
        ]
        #expect(PodReference.all(in: spec) == [PodReference(.configMap, "c", isOptional: expected)])
    }
}
