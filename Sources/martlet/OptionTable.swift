/// The one list of the command's options.
enum OptionTable {
    static let all: [Option] = files + nodes + work + observability + switches

    /// The row of an option.
    static func option(_ name: OptionName) -> Option {
        guard let option = all.first(where: { $0.name == name }) else {
            preconditionFailure("the option table has no row for \(name)")
        }
        return option
    }

    private static let files = [
        Option(
            name: .config,
            flag: "config",
            placeholder: "FILE",
            kind: .path,
            help: "configuration file (YAML): the origin, the clusters, and any option that names a key below"
        ),
        Option(
            name: .kubeconfig,
            flag: "kubeconfig",
            placeholder: "FILE",
            kind: .path,
            fileKey: .init(section: "origin", key: "kubeconfig"),
            help: "kubeconfig of the origin; without it $KUBECONFIG, then ~/.kube/config, then in-cluster"
        ),
        Option(
            name: .context,
            flag: "context",
            placeholder: "NAME",
            kind: .text,
            fileKey: .init(section: "origin", key: "context"),
            help: "context of the origin's kubeconfig; without it the current one"
        ),
    ]

    private static let nodes = [
        Option(
            name: .nodeAddress,
            flag: "node-ip",
            placeholder: "ADDRESS",
            kind: .address,
            fileKey: .init(section: "node", key: "address"),
            help: "IP address that the virtual nodes state as theirs"
        ),
        Option(
            name: .kubeletPort,
            flag: "kubelet-port",
            placeholder: "PORT",
            kind: .integer(1...65535),
            fileKey: .init(section: "node", key: "kubeletPort"),
            defaultText: "10250",
            help: "kubelet port that the first virtual node states; each further cluster states the next one"
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
            help: "least level that is logged: trace, debug, info, warning, error"
        ),
        Option(
            name: .loggingFormat,
            flag: "logging-format",
            placeholder: "FORMAT",
            kind: .choice(["text", "json"]),
            fileKey: .init(section: "logging", key: "format"),
            defaultText: "text",
            help: "form of the log lines on standard error: text, json"
        ),
        Option(
            name: .metricsAddress,
            flag: "metrics-addr",
            placeholder: "HOST:PORT",
            kind: .listener,
            fileKey: .init(section: "metrics", key: "address"),
            help: "where /metrics and /healthz are served, over plain HTTP; without it nothing listens"
        ),
    ]

    private static let switches = [
        Option(name: .version, flag: "version", kind: .toggle, help: "print the version and exit"),
        Option(name: .help, flag: "help", short: "h", kind: .toggle, help: "print this help and exit"),
    ]
}
