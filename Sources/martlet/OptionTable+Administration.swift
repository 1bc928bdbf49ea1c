extension OptionTable {
    /// The options of the commands that look at clusters or have them come and go.
    static let administration = coming + going + looking + both

    private static let coming = [
        Option(
            name: .remoteKubeconfig,
            flag: "remote-kubeconfig",
            placeholder: "FILE",
            kind: .path,
            commands: [.join],
            help: "kubeconfig of the cluster that joins, with an administrator's rights; it is read and kept nowhere"
        ),
        Option(
            name: .remoteContext,
            flag: "remote-context",
            placeholder: "NAME",
            kind: .text,
            commands: [.join],
            help: "context of that kubeconfig; without it the current one"
        ),
        Option(
            name: .region,
            flag: "region",
            placeholder: "NAME",
            kind: .text,
            commands: [.join],
            help: "region of the cluster's node, as clusters[].region"
        ),
        Option(
            name: .zone,
            flag: "zone",
            placeholder: "NAME",
            kind: .text,
            commands: [.join],
            help: "zone of the cluster's node, as clusters[].zone"
        ),
        Option(
            name: .settings,
            flag: "settings",
            placeholder: "FILE",
            kind: .path,
            commands: [.join],
            help: "YAML with what else an element of clusters[] has; without any setting those that stand are kept"
        ),
        Option(
            name: .withKubelets,
            flag: "with-kubelets",
            kind: .toggle,
            commands: [.join],
            help:
                "let martlet ask the cluster's kubelets what pods use: a wide right, see docs/rbac/remote-kubelets.yaml"
        ),
        Option(
            name: .wait,
            flag: "wait",
            placeholder: "DURATION",
            kind: .duration(.zero ... .seconds(86_400)),
            defaultText: "2m",
            commands: [.join],
            help: "how long to wait for the node to be Ready; 0s not at all"
        ),
    ]

    private static let going = [
        Option(
            name: .detach,
            flag: "detach",
            kind: .toggle,
            commands: [.leave],
            help: "leave everything where it runs, for a later join; without it pods move to other nodes"
        ),
        Option(
            name: .abandon,
            flag: "abandon",
            kind: .toggle,
            commands: [.leave],
            help:
                "take a cluster away that is gone for good: its pods are deleted by force, unproved that they have ended"
        ),
        Option(
            name: .deleteVolumes,
            flag: "delete-volumes",
            kind: .toggle,
            commands: [.leave],
            help: "delete the cluster's claims that stand behind those of the origin, and their data"
        ),
        Option(
            name: .force,
            flag: "force",
            kind: .toggle,
            commands: [.leave],
            help: "evict pods too that have no controller, which nobody makes anew elsewhere"
        ),
    ]

    private static let looking = [
        Option(
            name: .watch,
            flag: "watch",
            short: "w",
            kind: .toggle,
            commands: [.clusters],
            help: "go on and tell each change"
        ),
        Option(
            name: .selector,
            flag: "selector",
            short: "l",
            placeholder: "SELECTOR",
            kind: .text,
            commands: [.clusters],
            help: "only clusters whose nodes have these labels, as kubectl selects"
        ),
        Option(
            name: .namespace,
            flag: "namespace",
            short: "n",
            placeholder: "NAMESPACE",
            kind: .text,
            commands: [.explain],
            help: "namespace of the pod; without it that of the kubeconfig's context"
        ),
    ]

    private static let both = [
        Option(
            name: .timeout,
            flag: "timeout",
            placeholder: "DURATION",
            kind: .duration(.seconds(1) ... .seconds(7 * 86_400)),
            commands: [.check, .leave],
            help: "how long it may take: check 10s for each cluster, leave 10m, unless given"
        ),
        Option(
            name: .dryRun,
            flag: "dry-run",
            kind: .toggle,
            commands: [.join, .leave],
            help: "say what would be done, and do nothing"
        ),
        Option(
            name: .output,
            flag: "output",
            short: "o",
            placeholder: "FORMAT",
            kind: .choice(["table", "wide", "json"]),
            defaultText: "table",
            commands: [.check, .clusters, .explain],
            help: "form of the output: table, json; wide for a table of clusters with more columns"
        ),
    ]
}
