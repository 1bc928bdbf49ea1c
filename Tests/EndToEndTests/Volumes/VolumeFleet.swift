import KubeClient
import KubeModel
import Testbed
import Testing

/// Claims of the origin that are made in remotes: one with a node that runs real containers, two with simulated nodes.
@Suite(.fleet(.volumes, lasting: .seconds(90)))
struct VolumeTests {}

extension FleetPlan {
    fileprivate static let volumes = FleetPlan(
        remotes: [
            Remote(name: "us-east", region: "us", nodes: .real, store: .ofOrigin),
            Remote(name: "us-west", region: "us", store: .ofOrigin),
            Remote(
                name: "eu-central",
                region: "eu",
                configuration: ["storageClasses": ["remote": "slow"]],
                store: .ofOrigin
            ),
        ],
        origin: withEphemeralVolumes
    )

    /// Generic ephemeral volumes are behind a gate up to Kubernetes 1.20, and the gate is gone later. No remote needs them.
    private static let withEphemeralVolumes: ControlPlaneSettings = {
        var settings = ControlPlaneSettings()
        guard KubernetesRelease.minor < 21 else { return settings }
        for component in [Component.apiserver, .controllerManager, .scheduler] {
            settings.flags[component] = ["feature-gates": "GenericEphemeralVolume=true"]
        }
        return settings
    }()
}

extension TestSpace {
    /// The StorageClasses, and in each remote a directory that a claim of this test can have.
    func makeStorage(perCluster count: Int = 1) async throws {
        try await origin.ensure(Storage.originClass, .storageClasses)
        for remote in fleet.remotes {
            // eu-central's default is one that nobody provides: its claims name another.
            let isMapped = remote.name == "eu-central"
            let name = isMapped ? "slow" : "standard"
            try await remote.ensure(Storage.remoteClass(name, isDefault: !isMapped), .storageClasses)
            for number in 0..<count {
                try await remote.apply(Storage.directory("\(self.name)-\(number)", storageClass: name))
            }
        }
    }

    /// The remote's claims of this namespace, by "cluster/name", with their UIDs.
    func remoteClaims() async throws -> [String: String] {
        var claims: [String: String] = [:]
        for remote in fleet.remotes {
            for claim in try await remote.list(.persistentVolumeClaims, namespace: name) {
                claims["\(remote.name)/\(claim.name)"] = claim.uid
            }
        }
        return claims
    }

    /// The volumes of the origin that stand for claims of this namespace.
    func originVolumes() async throws -> [JSON] {
        try await origin.list(.persistentVolumes).filter {
            $0.at("spec", "claimRef", "namespace")?.string == name
        }
    }
}

/// Objects of storage.k8s.io and their like.
enum Storage {
    static let originClass: JSON = [
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": ["name": "remote"],
        "provisioner": "martlet.dev/remote", "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": true,
    ]

    /// A class of volumes that an administrator makes beforehand.
    static func remoteClass(_ name: String, isDefault: Bool) -> JSON {
        [
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
            "metadata": [
                "name": .string(name),
                "annotations": ["storageclass.kubernetes.io/is-default-class": .string("\(isDefault)")],
            ],
            "provisioner": "kubernetes.io/no-provisioner", "volumeBindingMode": "WaitForFirstConsumer",
            "allowVolumeExpansion": true,
        ]
    }

    /// A PersistentVolume in a directory of whatever node.
    static func directory(_ name: String, storageClass: String) -> JSON {
        [
            "apiVersion": "v1", "kind": "PersistentVolume", "metadata": ["name": .string(name)],
            "spec": [
                "capacity": ["storage": "1Gi"], "accessModes": ["ReadWriteOnce"],
                "persistentVolumeReclaimPolicy": "Retain", "storageClassName": .string(storageClass),
                "hostPath": ["path": .string("/var/lib/martlet-test/\(name)"), "type": "DirectoryOrCreate"],
            ],
        ]
    }

    /// A claim of the origin's class.
    static func claim(_ name: String) -> JSON {
        [
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": ["name": .string(name)],
            "spec": claimSpec,
        ]
    }

    static let claimSpec: JSON = [
        "accessModes": ["ReadWriteOnce"], "storageClassName": "remote",
        "resources": ["requests": ["storage": "1Gi"]],
    ]

    /// A pod spec of one cluster whose only container has a claim at /data.
    static func podSpec(_ claim: String, in cluster: String) -> JSON {
        var spec = Manifest.shellPod(
            Manifest.idle,
            container: ["volumeMounts": [["name": "data", "mountPath": "/data"]]],
            Manifest.cluster(cluster)
        )
        spec["volumes"] = [["name": "data", "persistentVolumeClaim": ["claimName": .string(claim)]]]
        return spec
    }
}
