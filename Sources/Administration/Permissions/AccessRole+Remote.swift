extension AccessRole {
    /// What martlet does in a remote.
    package static let remote = AccessRole(
        name: "martlet-remote",
        permissions: delegates + streams + sights + dependents + [answers],
        manifest: "remote.yaml"
    )

    /// The wide right beside it that may be left out: what delegates use, by the word of their kubelets.
    package static let remoteKubelets = AccessRole(
        name: "martlet-remote-kubelets",
        permissions: [
            Permission(
                ["get"],
                ["nodes/proxy"],
                for: "what delegates use, by their kubelets (a wide right: docs/rbac/remote-kubelets.yaml)",
                .optional(loss: "CPU and memory come from metrics.k8s.io; no /metrics/cadvisor and /metrics/probes")
            )
        ],
        manifest: "remote-kubelets.yaml"
    )

    private static let delegates = [
        Permission(
            ["get", "list", "watch", "create", "patch", "delete"],
            ["pods"],
            for: "delegates, and what other pods use of the nodes"
        ),
        Permission(
            ["patch"],
            ["pods/ephemeralcontainers", "pods/resize"],
            for: "kubectl debug, and new resources of pods that run",
            .optional(loss: "both are refused for pods in this cluster")
        ),
    ]

    private static let streams = [
        Permission(["get"], ["pods/log"], for: "kubectl logs", .only(.kubelet)),
        Permission(
            ["get", "create"],
            ["pods/exec", "pods/attach", "pods/portforward"],
            for: "kubectl exec, attach, cp and port-forward",
            .only(.kubelet)
        ),
    ]

    private static let sights = [
        Permission(
            ["list", "watch"],
            ["events"],
            for: "what happens to delegates",
            .optional(loss: "events of delegates do not become events of their pods")
        ),
        Permission(
            ["list"],
            ["pods"],
            group: "metrics.k8s.io",
            for: "what delegates use",
            .optional(loss: "kubectl top and HPAs know nothing of pods in this cluster")
        ),
        Permission(
            ["list", "watch"],
            ["nodes"],
            for: "what the nodes have",
            .optional(loss: "the node has what limits say, whatever the cluster has")
        ),
    ]

    private static let dependents = [
        Permission(["get", "create"], ["namespaces"], for: "namespaces that delegates need"),
        Permission(
            ["get", "list", "watch", "create", "patch", "delete"],
            ["configmaps", "secrets"],
            for: "copies of what delegates refer to, and their tokens"
        ),
        Permission(
            ["get", "list", "watch", "create", "patch", "delete"],
            ["persistentvolumeclaims"],
            for: "the claims behind those of the origin"
        ),
        Permission(
            ["get"],
            ["serviceaccounts"],
            for: "whether the account of a delegate exists, with serviceAccounts: remote",
            .only(.remoteAccounts)
        ),
    ]

    private static let answers = Permission(
        paths: ["/version", "/api/v1"],
        for: "the remote's health, and which subresources it has"
    )
}
