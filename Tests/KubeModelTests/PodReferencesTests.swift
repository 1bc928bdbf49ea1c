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

    /// Every place of a pod spec that names a Secret for somebody else than a container (Kubernetes 1.35 core/v1).
    @Test(
        arguments: [
            ["csi": ["driver": "d", "nodePublishSecretRef": ["name": "s"]]],
            ["azureFile": ["secretName": "s", "shareName": "x"]],
            ["cephfs": ["monitors": ["a"], "secretRef": ["name": "s"]]],
            ["cinder": ["volumeID": "v", "secretRef": ["name": "s"]]],
            ["flexVolume": ["driver": "d", "secretRef": ["name": "s"]]],
            ["iscsi": ["iqn": "q", "secretRef": ["name": "s"]]],
            ["rbd": ["image": "i", "secretRef": ["name": "s"]]],
            ["scaleIO": ["gateway": "g", "secretRef": ["name": "s"]]],
            ["storageos": ["volumeName": "v", "secretRef": ["name": "s"]]],
        ] as [JSON]
    )
    func `A volume's driver needs its Secret`(volume: JSON) {
        #expect(PodReference.all(in: ["volumes": [volume]]) == [PodReference(.secret, "s", isOptional: false)])
    }

    @Test func `Image pull secrets are looked for, and done without`() {
        let spec: JSON = ["imagePullSecrets": [["name": "registry"], [:]]]
        #expect(PodReference.all(in: spec) == [PodReference(.secret, "registry", isOptional: true)])
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
