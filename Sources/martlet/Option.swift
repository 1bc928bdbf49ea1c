/// Every setting of the command, by name. The order is the order in `--help`.
enum OptionName: String, CaseIterable, Sendable {
    case config, kubeconfig, context, originAPIServer, clusterFilesDirectory, clusterSecretsNamespace
    case leaderElectionNamespace
    case nodeAddress, kubeletPort, statusUpdateFrequency
    case kubeletListenAddress, kubeletCertificate, kubeletPrivateKey, kubeletCertificateSource
    case kubeletCertificateDirectory, kubeletClientCA, streamIdleTimeout
    case podSyncWorkers, podSyncMaxRefusals, deletionBrakePercent, deletionBrakeCount, kubeAPIQPS, kubeAPIBurst
    case logLevel, loggingFormat, metricsAddress
    case webhookAddress, clusterAnnotations, tolerations
    case remoteKubeconfig, remoteContext, region, zone, settings, withKubelets
    case detach, abandon, deleteVolumes, force, wait, timeout, dryRun, output
    case watch, selector, namespace
    case version, help
}

/// One row of the option table, from which the parser, the configuration file's reader, the environment and `--help`
/// are all driven.
struct Option: Sendable {
    let name: OptionName
    /// The long flag without its dashes.
    let flag: String
    /// The one-letter flag, if there is one.
    var short: Character?
    /// What stands for the value in the help; empty for a switch.
    var placeholder: String = ""
    let kind: OptionKind
    /// Section and key in the configuration file; nil if it cannot stand there.
    var fileKey: FileKey?
    /// The value without any source; nil if there is none.
    var defaultText: String?
    /// The commands that take it.
    var commands: Set<Invocation.Command> = Invocation.Command.configured
    let help: String

    /// The place of a setting in the configuration file.
    struct FileKey: Sendable, Hashable {
        let section: String
        let key: String

        var description: String { "\(section).\(key)" }
    }

    /// The environment variable that sets it; nil for switches, and for what only a person's command line says.
    var environment: String? {
        if case .toggle = kind { return nil }
        guard !commands.isDisjoint(with: Invocation.Command.serving) else { return nil }
        return "MARTLET_" + flag.uppercased().replacing("-", with: "_")
    }
}
