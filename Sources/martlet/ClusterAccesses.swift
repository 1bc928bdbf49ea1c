internal import KubeClient

/// How every cluster of a configuration is reached, read from the kubeconfigs.
struct ClusterAccesses: Sendable {
    let origin: ClusterAccess
    let clusters: [String: ClusterAccess]

    /// Reads all kubeconfigs.
    ///
    /// - Throws: ``ConfigurationProblems`` with each one that cannot be used.
    init(_ configuration: Configuration, environment: [String: String]) throws(ConfigurationProblems) {
        var problems: [ConfigurationProblem] = []
        func access(_ field: String, _ body: () throws -> ClusterAccess) -> ClusterAccess? {
            do {
                return try body()
            } catch {
                let file = configuration.options.text(.config) ?? "kubeconfig"
                problems.append(ConfigurationProblem(file: file, line: nil, field: field, message: "\(error)"))
                return nil
            }
        }
        let origin = access("origin.kubeconfig") { try Self.origin(configuration.options, environment: environment) }
        var clusters: [String: ClusterAccess] = [:]
        for cluster in configuration.clusters {
            clusters[cluster.name] = access("clusters[\(cluster.name)].kubeconfig") {
                try Self.remote(cluster, environment: environment)
            }
        }
        if let origin { problems += Self.addressProblems(configuration, origin: origin) }
        guard let origin, problems.isEmpty else { throw ConfigurationProblems(all: problems) }
        self.origin = origin
        self.clusters = clusters
    }

    /// What is wrong with the origin's address, where a cluster needs it.
    private static func addressProblems(_ configuration: Configuration, origin: ClusterAccess) -> [ConfigurationProblem]
    {
        guard let cluster = configuration.clusters.first(where: { $0.serviceAccounts == .origin }) else { return [] }
        do {
            _ = try AdvertisedServer(configuration.options.text(.originAPIServer), kubeconfigServer: origin.server)
            return []
        } catch {
            let message = "\(error.message); cluster \(cluster.name) has serviceAccounts: origin and needs it"
            return [
                ConfigurationProblem(
                    file: configuration.options.text(.config) ?? "",
                    line: nil,
                    field: OptionTable.option(.originAPIServer).fileKey?.description ?? "",
                    message: message
                )
            ]
        }
    }

    /// How the origin is reached.
    static func origin(_ options: OptionValues, environment: [String: String]) throws(KubeConfigError) -> ClusterAccess
    {
        try originFiles(options, environment: environment).load()
    }

    /// Where it stands how the origin is reached.
    static func originFiles(_ options: OptionValues, environment: [String: String]) -> KubeConfigFiles {
        KubeConfigFiles(path: options.text(.kubeconfig), context: options.text(.context), environment: environment)
    }

    /// How a remote cluster is reached.
    static func remote(
        _ cluster: ClusterConfiguration,
        environment: [String: String]
    ) throws(KubeConfigError) -> ClusterAccess {
        try KubeConfig.load(paths: cluster.kubeconfig, context: cluster.context, environment: environment)
    }
}
