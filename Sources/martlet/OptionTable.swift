/// The one list of the command's options.
enum OptionTable {
    static let all: [Option] = Array(
        [files, nodes, kubelet, work, observability, webhook, administration, switches].joined()
    )

    /// The row of an option.
    static func option(_ name: OptionName) -> Option {
        guard let option = all.first(where: { $0.name == name }) else {
            preconditionFailure("the option table has no row for \(name)")
        }
        return option
    }

    /// Wherever the origin is asked.
    private static let everywhere = Invocation.Command.configured.union(Invocation.Command.administrative)
        .union(Invocation.Command.asking)

    private static let files = [
        Option(
            name: .config,
            flag: "config",
            placeholder: "FILE",
            kind: .path,
            commands: everywhere,
            help: "configuration file (YAML): the origin, the clusters, and any option that names a key below"
        ),
        Option(
            name: .kubeconfig,
            flag: "kubeconfig",
            placeholder: "FILE",
            kind: .path,
            fileKey: .init(section: "origin", key: "kubeconfig"),
            commands: everywhere,
            help: "kubeconfig of the origin; without it $KUBECONFIG, then ~/.kube/config, then in-cluster"
        ),
        Option(
            name: .context,
            flag: "context",
            placeholder: "NAME",
            kind: .text,
            fileKey: .init(section: "origin", key: "context"),
            commands: everywhere,
            help: "context of the origin's kubeconfig; without it the current one"
        ),
        Option(
            name: .originAPIServer,
            flag: "origin-api-server",
            placeholder: "URL",
            kind: .text,
            fileKey: .init(section: "origin", key: "apiServer"),
            help: "https://HOST:PORT by which pods in clusters reach the origin, for serviceAccounts: origin"
        ),
        Option(
            name: .clusterFilesDirectory,
            flag: "kubeconfig-dir",
            placeholder: "DIR",
            kind: .path,
            fileKey: .init(section: "clusterFiles", key: "directory"),
            help: "each kubeconfig in it (NAME.kubeconfig, NAME.yaml) brings a cluster; looked at every second"
        ),
        Option(
            name: .clusterSecretsNamespace,
            flag: "cluster-secrets-namespace",
            placeholder: "NAMESPACE",
            kind: .text,
            fileKey: .init(section: "clusterSecrets", key: "namespace"),
            commands: Invocation.Command.configured.union(Invocation.Command.administrative),
            help: "namespace of the origin in which Secrets bring clusters; without it the file alone does"
        ),
        Option(
            name: .leaderElectionNamespace,
            flag: "leader-elect-namespace",
            placeholder: "NAMESPACE",
            kind: .text,
            fileKey: .init(section: "leaderElection", key: "namespace"),
            help: "namespace of the origin with the Lease \"martlet\" that a process holds while it serves clusters"
        ),
    ]

    private static let nodes = [
        Option(
            name: .nodeAddress,
            flag: "node-ip",
            placeholder: "ADDRESS",
            kind: .address,
            fileKey: .init(section: "node", key: "address"),
            help: "IP address at which the origin reaches this process; no kubelet endpoint without it"
        ),
        Option(
            name: .kubeletPort,
            flag: "kubelet-port",
            placeholder: "PORT",
            kind: .integer(1...65535),
            fileKey: .init(section: "node", key: "kubeletPort"),
            defaultText: "10250",
            help: "port of the first virtual node's kubelet endpoint; each further cluster has the next one"
        ),
        Option(
            name: .statusUpdateFrequency,
            flag: "node-status-update-frequency",
            placeholder: "DURATION",
            kind: .duration(.seconds(1) ... .seconds(3600)),
            fileKey: .init(section: "node", key: "statusUpdateFrequency"),
            defaultText: "5m",
            help: "how often an unchanged node status is written; changes are written at once"
        ),
    ]

    private static let kubelet = [
        Option(
            name: .kubeletListenAddress,
            flag: "kubelet-listen-address",
            placeholder: "ADDRESS",
            kind: .address,
            fileKey: .init(section: "kubelet", key: "listenAddress"),
            defaultText: "0.0.0.0",
            help: "IP address on which the kubelet endpoints listen"
        ),
        Option(
            name: .kubeletCertificate,
            flag: "tls-cert-file",
            placeholder: "FILE",
            kind: .path,
            fileKey: .init(section: "kubelet", key: "certificate"),
            commands: Invocation.Command.serving,
            help: "certificate of the kubelet endpoints, or of the webhook (PEM); read again when it changes"
        ),
        Option(
            name: .kubeletPrivateKey,
            flag: "tls-private-key-file",
            placeholder: "FILE",
            kind: .path,
            fileKey: .init(section: "kubelet", key: "privateKey"),
            commands: Invocation.Command.serving,
            help: "private key of that certificate (PEM)"
        ),
        Option(
            name: .kubeletCertificateSource,
            flag: "kubelet-certificate-source",
            placeholder: "SOURCE",
            kind: .choice(["csr", "self-signed"]),
            fileKey: .init(section: "kubelet", key: "certificateSource"),
            defaultText: "csr",
            help: "where the kubelet endpoints' certificates come from if no files are given: csr, self-signed"
        ),
        Option(
            name: .kubeletCertificateDirectory,
            flag: "cert-dir",
            placeholder: "DIR",
            kind: .path,
            fileKey: .init(section: "kubelet", key: "certificateDirectory"),
            help: "keeps certificates that were approved, with their keys; without it each start asks for new ones"
        ),
        Option(
            name: .kubeletClientCA,
            flag: "client-ca-file",
            placeholder: "FILE",
            kind: .path,
            fileKey: .init(section: "kubelet", key: "clientCA"),
            commands: Invocation.Command.serving,
            help: "authorities of client certificates (PEM); without it those that the origin publishes, and the "
                + "webhook answers everybody"
        ),
        Option(
            name: .streamIdleTimeout,
            flag: "streaming-connection-idle-timeout",
            placeholder: "DURATION",
            kind: .duration(.seconds(1) ... .seconds(30 * 86_400)),
            fileKey: .init(section: "kubelet", key: "streamIdleTimeout"),
            defaultText: "4h",
            help: "how long a stream may be without a byte, either way, before it ends"
        ),
    ]

    private static let work = [
        Option(
            name: .podSyncWorkers,
            flag: "pod-sync-workers",
            placeholder: "N",
            kind: .integer(1...1000),
            fileKey: .init(section: "podSync", key: "workers"),
            defaultText: "32",
            help: "pods of one cluster that are worked on at the same time"
        ),
        Option(
            name: .podSyncMaxRefusals,
            flag: "pod-sync-max-refusals",
            placeholder: "N",
            kind: .integer(0...1000),
            fileKey: .init(section: "podSync", key: "maxRefusals"),
            defaultText: "8",
            help: "refusals by its cluster after which a controller's pod is Failed; 0 for never"
        ),
        Option(
            name: .deletionBrakePercent,
            flag: "deletion-brake-percent",
            placeholder: "PERCENT",
            kind: .integer(0...100),
            fileKey: .init(section: "podSync", key: "deletionBrakePercent"),
            defaultText: "20",
            help: "delegates whose pods are unknown to the origin are kept when they are more than this part of a "
                + "cluster's, until a person confirms; 100 keeps none"
        ),
        Option(
            name: .deletionBrakeCount,
            flag: "deletion-brake-count",
            placeholder: "N",
            kind: .integer(0...1_000_000),
            fileKey: .init(section: "podSync", key: "deletionBrakeCount"),
            defaultText: "5",
            help: "so many of them are never kept"
        ),
        Option(
            name: .kubeAPIQPS,
            flag: "kube-api-qps",
            placeholder: "N",
            kind: .integer(1...100_000),
            fileKey: .init(section: "kubeAPI", key: "qps"),
            defaultText: "500",
            help: "requests per second to each API server, per cluster"
        ),
        Option(
            name: .kubeAPIBurst,
            flag: "kube-api-burst",
            placeholder: "N",
            kind: .integer(1...100_000),
            fileKey: .init(section: "kubeAPI", key: "burst"),
            defaultText: "1000",
            help: "requests that may go out at once before that rate holds"
        ),
    ]

    private static let observability = [
        Option(
            name: .logLevel,
            flag: "log-level",
            placeholder: "LEVEL",
            kind: .choice(["trace", "debug", "info", "warning", "error"]),
            fileKey: .init(section: "logging", key: "level"),
            defaultText: "info",
            commands: Invocation.Command.serving,
            help: "least level that is logged: trace, debug, info, warning, error"
        ),
        Option(
            name: .loggingFormat,
            flag: "logging-format",
            placeholder: "FORMAT",
            kind: .choice(["text", "json"]),
            fileKey: .init(section: "logging", key: "format"),
            defaultText: "text",
            commands: Invocation.Command.serving,
            help: "form of the log lines on standard error: text, json"
        ),
        Option(
            name: .metricsAddress,
            flag: "metrics-addr",
            placeholder: "HOST:PORT",
            kind: .listener,
            fileKey: .init(section: "metrics", key: "address"),
            commands: Invocation.Command.serving,
            help: "where /metrics and /healthz are served, over plain HTTP; without it nothing listens"
        ),
    ]

    private static let switches = [
        Option(
            name: .version,
            flag: "version",
            kind: .toggle,
            commands: Set(Invocation.Command.allCases),
            help: "print the version and exit"
        ),
        Option(
            name: .help,
            flag: "help",
            short: "h",
            kind: .toggle,
            commands: Set(Invocation.Command.allCases),
            help: "print the help of the command and exit"
        ),
    ]
}
