extension Component {
    /// The component's command line for a release.
    func arguments(_ layout: ControlPlaneLayout, _ settings: ControlPlaneSettings, flags known: FlagSet) -> [String] {
        var flags =
            switch self {
            case .etcd: etcdFlags(layout, known)
            case .apiserver: apiserverFlags(layout, settings, known)
            case .controllerManager: controllerManagerFlags(layout, settings, known)
            case .scheduler: schedulerFlags(layout, settings, known)
            }
        flags.merge(settings.flags[self] ?? [:])
        return flags.arguments
    }

    /// etcd that is quick rather than safe: nothing of a testbed is to survive the machine.
    private func etcdFlags(_ layout: ControlPlaneLayout, _ known: FlagSet) -> FlagList {
        let client = "http://\(layout.endpoint(.etcd))"
        let peer = "http://\(layout.host):\(layout.etcdPeerPort)"
        var flags = FlagList()
        flags.set("name", "testbed")
        flags.set("data-dir", layout.etcdData)
        flags.set("listen-client-urls", client)
        flags.set("advertise-client-urls", client)
        flags.set("listen-peer-urls", peer)
        flags.set("initial-advertise-peer-urls", peer)
        flags.set("initial-cluster", "testbed=\(peer)")
        flags.set("unsafe-no-fsync", true)
        // Keeps less of the log in memory than the default of 100,000 entries.
        flags.set("snapshot-count", "5000")
        flags.set("logger", "zap", ifIn: known)
        flags.set("log-level", "warn", ifIn: known)
        return flags
    }

    private func apiserverFlags(
        _ layout: ControlPlaneLayout,
        _ settings: ControlPlaneSettings,
        _ known: FlagSet
    ) -> FlagList {
        var flags = serving(layout, known)
        flags.set("advertise-address", layout.host)
        // The address of the loopback network must not become an endpoint of the Service "kubernetes".
        flags.set("endpoint-reconciler-type", "none")
        flags.set("etcd-servers", layout.store.url)
        flags.set("etcd-prefix", layout.store.prefix)
        flags.set("authorization-mode", "Node,RBAC")
        flags.set("enable-admission-plugins", "NodeRestriction")
        flags.set("allow-privileged", true)
        flags.set("service-cluster-ip-range", settings.serviceAddresses)
        flags.set("default-not-ready-toleration-seconds", "\(settings.defaultTolerationSeconds)")
        flags.set("default-unreachable-toleration-seconds", "\(settings.defaultTolerationSeconds)")
        flags.set("service-account-issuer", "https://kubernetes.default.svc.cluster.local")
        flags.set("service-account-key-file", layout.pki("sa.crt"))
        flags.set("service-account-signing-key-file", layout.pki("sa.key"))
        flags.set("kubelet-client-certificate", layout.pki("apiserver-kubelet-client.crt"))
        flags.set("kubelet-client-key", layout.pki("apiserver-kubelet-client.key"))
        flags.set("kubelet-certificate-authority", layout.pki("ca.crt"))
        flags.set("kubelet-preferred-address-types", "InternalIP,Hostname")
        frontProxy(layout, &flags)
        return flags
    }

    /// What lets the API server vouch for users to API servers behind it, such as that of the metrics.
    private func frontProxy(_ layout: ControlPlaneLayout, _ flags: inout FlagList) {
        flags.set("proxy-client-cert-file", layout.pki("front-proxy-client.crt"))
        flags.set("proxy-client-key-file", layout.pki("front-proxy-client.key"))
        flags.set("requestheader-client-ca-file", layout.pki("front-proxy-ca.crt"))
        flags.set("requestheader-allowed-names", "front-proxy-client")
        flags.set("requestheader-username-headers", "X-Remote-User")
        flags.set("requestheader-group-headers", "X-Remote-Group")
        flags.set("requestheader-extra-headers-prefix", "X-Remote-Extra-")
    }

    private func controllerManagerFlags(
        _ layout: ControlPlaneLayout,
        _ settings: ControlPlaneSettings,
        _ known: FlagSet
    ) -> FlagList {
        var flags = client(layout, settings, known)
        flags.set("use-service-account-credentials", true)
        flags.set("service-account-private-key-file", layout.pki("sa.key"))
        flags.set("root-ca-file", layout.pki("ca.crt"))
        flags.set("cluster-signing-cert-file", layout.pki("ca.crt"))
        flags.set("cluster-signing-key-file", layout.pki("ca.key"))
        flags.set("node-monitor-period", settings.nodeMonitorPeriod.goText)
        flags.set("node-monitor-grace-period", settings.nodeMonitorGracePeriod.goText)
        return flags
    }

    private func schedulerFlags(
        _ layout: ControlPlaneLayout,
        _ settings: ControlPlaneSettings,
        _ known: FlagSet
    ) -> FlagList {
        client(layout, settings, known)
    }

    /// What the clients of the API server have in common.
    private func client(
        _ layout: ControlPlaneLayout,
        _ settings: ControlPlaneSettings,
        _ known: FlagSet
    ) -> FlagList {
        var flags = serving(layout, known)
        let kubeconfig = layout.kubeconfig(binary)
        for flag in ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"] {
            flags.set(flag, kubeconfig)
        }
        // The CA is given, so that the start does not depend on what the API server publishes a moment later.
        flags.set("authentication-skip-lookup", true)
        flags.set("leader-elect", false)
        flags.set("kube-api-qps", "\(settings.clientCallsPerSecond)", ifIn: known)
        flags.set("kube-api-burst", "\(settings.clientCallsPerSecond * 2)", ifIn: known)
        // Plain HTTP without any check, on by default until 1.23.
        flags.set("port", "0", ifIn: known)
        return flags
    }

    /// What everything that serves HTTPS has in common.
    private func serving(_ layout: ControlPlaneLayout, _ known: FlagSet) -> FlagList {
        let endpoint = layout.endpoint(self)
        var flags = FlagList()
        flags.set("bind-address", endpoint.host)
        flags.set("secure-port", "\(endpoint.port)")
        flags.set("tls-cert-file", layout.pki("apiserver.crt"))
        flags.set("tls-private-key-file", layout.pki("apiserver.key"))
        flags.set("client-ca-file", layout.pki("client-ca.crt"))
        flags.set("profiling", false)
        if self == .apiserver { flags.set("insecure-port", "0", ifIn: known) }
        return flags
    }
}
