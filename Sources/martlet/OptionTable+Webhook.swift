extension OptionTable {
    /// The options of `martlet webhook` alone.
    static let webhook = [
        Option(
            name: .webhookAddress,
            flag: "webhook-addr",
            placeholder: "HOST:PORT",
            kind: .listener,
            defaultText: "0.0.0.0:9443",
            commands: [.webhook],
            help: "where the webhook listens, with TLS: /pods, /tolerations and /healthz"
        ),
        Option(
            name: .clusterAnnotations,
            flag: "cluster-annotations",
            placeholder: "KEY[,KEY…]",
            kind: .text,
            defaultText: "martlet.dev/cluster,multicluster.admiralty.io/clustername",
            commands: [.webhook],
            help: "annotations by which a pod names its cluster"
        ),
        Option(
            name: .tolerations,
            flag: "tolerations",
            placeholder: "KEY[,KEY…]",
            kind: .text,
            commands: [.webhook],
            help: "keys of taints that the pods of namespaces which ask for it tolerate; without it none"
        ),
    ]
}
