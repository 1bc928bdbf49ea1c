import KubeModel

extension AccessRole {
    /// What martlet does in the origin: everything, and nothing else. What only some configurations need has manifests of
    /// its own.
    ///
    /// - Parameter leadership: the namespace of the Lease by which one of several processes leads.
    package static func origin(leadership: String = account.namespace) -> [AccessRole] {
        [
            AccessRole(
                name: "martlet-origin",
                permissions: nodes + pods + dependents + claims + questions,
                manifest: manifest
            ),
            AccessRole(name: "martlet-origin-tokens", permissions: [tokens], manifest: "origin-tokens.yaml"),
            AccessRole(
                name: "martlet-origin-annotations",
                permissions: [annotations],
                manifest: "origin-annotations.yaml"
            ),
            AccessRole(
                name: "martlet-leases",
                namespace: "kube-node-lease",
                permissions: [heartbeat],
                manifest: manifest
            ),
            AccessRole(name: "martlet-leader", namespace: leadership, permissions: leader, manifest: manifest),
            AccessRole(
                name: "martlet-client-authority",
                namespace: "kube-system",
                given: "extension-apiserver-authentication-reader",
                permissions: [clientAuthority],
                manifest: manifest
            ),
        ]
    }

    private static let manifest = "origin.yaml"

    private static let nodes = [
        Permission(["list", "watch", "create", "patch"], ["nodes"], for: "virtual nodes"),
        Permission(["patch"], ["nodes/status"], for: "the state of virtual nodes"),
    ]

    private static let pods = [
        Permission(
            ["get", "list", "watch", "delete"],
            ["pods"],
            for: "pods of virtual nodes, and their end once their delegates are gone"
        ),
        Permission(["patch"], ["pods/status"], for: "the status of pods"),
    ]

    private static let dependents = [
        Permission(["get", "list", "watch"], ["configmaps", "secrets"], for: "what pods of virtual nodes refer to")
    ]

    private static let tokens = Permission(
        ["create"],
        ["serviceaccounts/token"],
        for: "tokens for pods of clusters with serviceAccounts: origin",
        .only(.originAccounts)
    )

    private static let annotations = Permission(
        ["patch"],
        ["pods"],
        for: "what clusters with annotationsFromDelegates write on their delegates",
        .only(.annotations)
    )

    private static let claims = [
        Permission(
            ["get", "list", "watch", "patch"],
            ["persistentvolumeclaims"],
            for: "claims of StorageClasses with provisioner martlet.dev/remote"
        ),
        Permission(["patch"], ["persistentvolumeclaims/status"], for: "the size of such claims"),
        Permission(
            ["list", "watch", "create", "patch", "delete"],
            ["persistentvolumes"],
            for: "the volumes made for such claims"
        ),
        Permission(["list", "watch"], ["storageclasses"], group: "storage.k8s.io", for: "which claims are martlet's"),
    ]

    private static let questions = [
        Permission(
            ["create", "patch"],
            ["events"],
            for: "events about pods, nodes and Secrets",
            .optional(loss: "what happens to pods and clusters is told by their status and the log only")
        ),
        Permission(["get"], ["namespaces"], names: ["kube-system"], for: "the origin's identity"),
        Permission(paths: ["/version"], for: "the origin's release"),
        Permission(
            ["create"],
            ["tokenreviews"],
            group: "authentication.k8s.io",
            for: "who asks a kubelet endpoint",
            .only(.kubelet)
        ),
        Permission(
            ["create"],
            ["subjectaccessreviews"],
            group: "authorization.k8s.io",
            for: "whether he may",
            .only(.kubelet)
        ),
        Permission(
            ["create", "get"],
            ["certificatesigningrequests"],
            group: "certificates.k8s.io",
            for: "certificates of the kubelet endpoints",
            .only(.certificateRequests)
        ),
    ]

    private static let heartbeat = Permission(
        ["create", "get", "patch"],
        ["leases"],
        group: "coordination.k8s.io",
        for: "the nodes' heartbeats"
    )

    private static let leader = [
        Permission(
            ["create"],
            ["leases"],
            group: "coordination.k8s.io",
            for: "which of several processes leads",
            .only(.leaderElection)
        ),
        Permission(
            ["get", "patch"],
            ["leases"],
            group: "coordination.k8s.io",
            names: ["martlet"],
            for: "which of several processes leads",
            .only(.leaderElection)
        ),
    ]

    private static let clientAuthority = Permission(
        ["get"],
        ["configmaps"],
        names: ["extension-apiserver-authentication"],
        for: "who vouches for client certificates",
        .only(.publishedAuthorities)
    )
}
