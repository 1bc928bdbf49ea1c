import KubeModel

/// The files that containerd reads: its own and that of the pod network.
enum ContainerdConfiguration {
    /// - Parameters:
    ///   - snapshotter: `overlayfs`, or `native` where the run's files are on an overlay themselves.
    static func toml(tools: NodeTools, snapshotter: String) -> String {
        """
        version = 2
        root = "\(NodePaths.containerdRoot)"
        state = "/run/containerd"
        disabled_plugins = [\(unusedPlugins.map { "\"\($0)\"" }.joined(separator: ", "))]

        [grpc]
        address = "\(NodePaths.containerdSocket)"

        [plugins."io.containerd.internal.v1.opt"]
        path = "\(NodePaths.containerdRoot)/opt"

        [plugins."io.containerd.grpc.v1.cri"]
        sandbox_image = "\(NodePaths.pauseImage)"
        # Without this runc fails on machines that withhold CAP_SYS_RESOURCE.
        restrict_oom_score_adj = true
        # A profile once loaded would outlive the run.
        disable_apparmor = true

        [plugins."io.containerd.grpc.v1.cri".containerd]
        snapshotter = "\(snapshotter)"
        default_runtime_name = "runc"

        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
        runtime_type = "io.containerd.runc.v2"

        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "\(tools.runc)"
        SystemdCgroup = false

        [plugins."io.containerd.grpc.v1.cri".cni]
        bin_dir = "\(tools.networkPlugins)"
        conf_dir = "\(NodePaths.podNetworks)"

        """
    }

    /// Snapshotters that each try the file system at start and complain.
    private static let unusedPlugins = ["aufs", "btrfs", "devmapper", "zfs"].map {
        "io.containerd.snapshotter.v1.\($0)"
    }

    /// Pods are ports of the node's bridge `cni0`, which is on one link with the whole run.
    static func podNetwork(at place: NodePlace) -> JSON {
        let addresses: JSON = [
            "type": "host-local",
            "dataDir": "/run/pod-addresses",
            "ranges": [
                [
                    [
                        "subnet": .string(place.subnet.description),
                        "rangeStart": .string(place.firstPodAddress),
                        "rangeEnd": .string(place.lastPodAddress),
                    ]
                ]
            ],
        ]
        return [
            "cniVersion": "0.4.0",
            "name": "pods",
            "plugins": [["type": "bridge", "bridge": "cni0", "ipam": addresses]],
        ]
    }
}
