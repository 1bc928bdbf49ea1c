import KubeModel

/// Something that pods may ask for only where a cluster's configuration allows it.
struct PodRule: Sendable {
    let demand: PodPolicies.Demand
    /// A CamelCase reason for the pod's status, in the manner of the kubelet's own `SysctlForbidden`.
    let reason: String
    /// The beginning of a sentence.
    let what: String
    /// The field that asks for it, as the table of fields names it.
    let field: String
    /// Whether a pod's spec asks for it.
    let breaks: @Sendable (_ spec: JSON) -> Bool

    static let all: [PodRule] = [
        PodRule(.hostNetwork, "HostNetworkForbidden", "The pod wants its host's network", "hostNetwork") { spec in
            spec["hostNetwork"]?.bool == true
        },
        PodRule(.hostPID, "HostPIDForbidden", "The pod wants its host's processes", "hostPID") { spec in
            spec["hostPID"]?.bool == true
        },
        PodRule(.hostIPC, "HostIPCForbidden", "The pod wants its host's IPC namespace", "hostIPC") { spec in
            spec["hostIPC"]?.bool == true
        },
        PodRule(
            .hostPorts,
            "HostPortForbidden",
            "The pod wants a port of its host",
            "containers[].ports[].hostPort"
        ) { spec in
            // With the host's network each port is one of the host, and that is another policy's business.
            spec["hostNetwork"]?.bool != true && containers(of: spec).contains(where: hasHostPort)
        },
        PodRule(
            .privileged,
            "PrivilegedForbidden",
            "The pod has a privileged container",
            "containers[].securityContext.privileged"
        ) { spec in
            spec.at("securityContext", "windowsOptions", "hostProcess")?.bool == true
                || containers(of: spec).contains(where: isPrivileged)
        },
        PodRule(.hostPath, "HostPathForbidden", "The pod mounts files of its host", "volumes[].hostPath") { spec in
            (spec["volumes"]?.array ?? []).contains { $0["hostPath"] != nil }
        },
        PodRule(
            .resourceClaims,
            "ResourceClaimsForbidden",
            "The pod refers to resource claims of this cluster",
            "resourceClaims"
        ) { spec in
            spec["resourceClaims"]?.array?.isEmpty == false
        },
        PodRule(
            .podCertificates,
            "PodCertificateForbidden",
            "The pod wants a certificate for its ServiceAccount, which would be one of another cluster",
            "volumes[].projected.sources[].podCertificate"
        ) { spec in
            projects("podCertificate", spec)
        },
        PodRule(
            .clusterTrustBundles,
            "ClusterTrustBundleForbidden",
            "The pod trusts a ClusterTrustBundle, which would be one of another cluster",
            "volumes[].projected.sources[].clusterTrustBundle"
        ) { spec in
            projects("clusterTrustBundle", spec)
        },
    ]

    private init(
        _ demand: PodPolicies.Demand,
        _ reason: String,
        _ what: String,
        _ field: String,
        breaks: @escaping @Sendable (JSON) -> Bool
    ) {
        self.demand = demand
        self.reason = reason
        self.what = what
        self.field = field
        self.breaks = breaks
    }

    private static func containers(of spec: JSON) -> [JSON] {
        DelegatePod.containerFields.flatMap { spec[$0]?.array ?? [] }
    }

    /// Whether a volume has a projected source of this kind.
    private static func projects(_ source: String, _ spec: JSON) -> Bool {
        let sources = (spec["volumes"]?.array ?? []).flatMap { $0.at("projected", "sources")?.array ?? [] }
        return sources.contains { $0[source] != nil }
    }

    private static func hasHostPort(_ container: JSON) -> Bool {
        (container["ports"]?.array ?? []).contains { ($0["hostPort"]?.int ?? 0) != 0 }
    }

    private static func isPrivileged(_ container: JSON) -> Bool {
        container.at("securityContext", "privileged")?.bool == true
            || container.at("securityContext", "windowsOptions", "hostProcess")?.bool == true
    }
}
