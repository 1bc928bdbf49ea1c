import KubeModel

/// The kubelet's configuration file: `kubelet.config.k8s.io/v1beta1`, fields that every release since 1.20 knows.
enum KubeletConfiguration {
    static func json(for node: NodeIdentity) -> JSON {
        merge(identity(of: node), access, resources(of: node), pace)
    }

    private static func identity(of node: NodeIdentity) -> JSON {
        [
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "address": .string(node.address),
            // Nobody answers there. Without it each pod gets a warning event.
            "clusterDNS": ["10.96.0.10"],
            "clusterDomain": "cluster.local",
            "resolvConf": .string(NodePaths.resolverConfiguration),
            "volumePluginDir": "/var/lib/kubelet/volume-plugins",
        ]
    }

    /// As secure as in a real cluster: the API server authenticates by certificate, everyone else by token review, and
    /// both need to be authorized.
    private static let access: JSON = [
        "authentication": [
            "anonymous": ["enabled": false],
            "webhook": ["enabled": true],
            "x509": ["clientCAFile": .string(NodePaths.authority)],
        ],
        "authorization": ["mode": "Webhook"],
        "tlsCertFile": .string(NodePaths.servingCertificate),
        "tlsPrivateKeyFile": .string(NodePaths.servingKey),
        "readOnlyPort": 0,
        "healthzPort": 0,
    ]

    /// Lets pods have the machine, however full it is: the defaults would evict them from a disk that is 90 % full.
    private static func resources(of node: NodeIdentity) -> JSON {
        [
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": .string("/" + node.group),
            "failSwapOn": false,
            "evictionHard": [
                "memory.available": "1Mi", "nodefs.available": "1Mi", "nodefs.inodesFree": "1",
                "imagefs.available": "1Mi",
            ],
            // 100 switches the collection of images off: no registry could give them back.
            "imageGCHighThresholdPercent": 100,
            "imageGCLowThresholdPercent": 99,
            "oomScoreAdj": 0,
            "makeIPTablesUtilChains": false,
        ]
    }

    /// A kubelet of 1.20 says that it is ready only with its second status, so the pause between two is short; an
    /// unchanged status is not sent anyway.
    private static let pace: JSON = [
        "nodeStatusUpdateFrequency": "1s",
        "nodeStatusReportFrequency": "1m",
        "kubeAPIQPS": 50,
        "kubeAPIBurst": 100,
        "eventRecordQPS": 50,
        "eventBurst": 100,
        "serializeImagePulls": false,
    ]

    private static func merge(_ parts: JSON...) -> JSON {
        parts.dropFirst().reduce(parts[0]) { MergePatch.apply($1, to: $0) }
    }
}
