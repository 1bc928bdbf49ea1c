internal import VirtualNode

/// Everything that the program was told, from all sources, checked.
struct Configuration: Sendable, Equatable {
    let options: OptionValues
    let clusters: [ClusterConfiguration]

    /// - Parameters:
    ///   - readFile: Gives the text of a file.
    /// - Throws: ``ConfigurationProblems`` with everything that is wrong.
    init(
        flags: [OptionName: OptionValue],
        environment: [String: String],
        readFile: (String) throws -> String
    ) throws(ConfigurationProblems) {
        let fromEnvironment = try OptionValues.environment(environment)
        let path = try Self.file(flags: flags, environment: environment)
        let file = try ConfigurationFile(parsing: Self.text(of: path, readFile: readFile), file: path)
        options = OptionValues(flags: flags, file: file.values, environment: fromEnvironment)
        if let problem = options.kubeletProblem { throw ConfigurationProblems(all: [problem]) }
        clusters = try Self.numbered(file.clusters, options: options, file: path)
        let others = [OptionName.clusterFilesDirectory, .clusterSecretsNamespace].compactMap(options.text)
        guard !clusters.isEmpty || !others.isEmpty else {
            throw ConfigurationProblems(
                file: path,
                field: "clusters",
                message: "must name at least one cluster, or clusterFiles.directory a folder, or "
                    + "clusterSecrets.namespace a namespace"
            )
        }
    }

    /// The path of the file in which the clusters stand.
    static func file(
        flags: [OptionName: OptionValue],
        environment: [String: String]
    ) throws(ConfigurationProblems) -> String {
        let fromEnvironment = try OptionValues.environment(environment)
        guard let path = OptionValues(flags: flags, environment: fromEnvironment).text(.config) else {
            throw ConfigurationProblems(
                file: "command line",
                field: "--config",
                message: "is missing; it names the file in which the clusters stand"
            )
        }
        return path
    }

    static func text(
        of path: String,
        readFile: (String) throws -> String
    ) throws(ConfigurationProblems) -> String {
        do {
            return try readFile(path)
        } catch {
            throw ConfigurationProblems(file: path, field: "", message: "cannot be read: \(error)")
        }
    }

    /// The clusters with the address and a port of their own.
    private static func numbered(
        _ clusters: [ClusterConfiguration],
        options: OptionValues,
        file: String
    ) throws(ConfigurationProblems) -> [ClusterConfiguration] {
        let first = options.integer(.kubeletPort)
        let count = clusters.reduce(0) { $0 + $1.virtualNodes.count }
        guard first + count - 1 <= 65535 else {
            throw ConfigurationProblems(
                file: file,
                field: "node.kubeletPort",
                message: "\(count) nodes from port \(first) on need ports beyond 65535"
            )
        }
        var ports = first...
        return clusters.map { cluster in
            let own = Array(ports.prefix(cluster.virtualNodes.count))
            ports = (ports.lowerBound + own.count)...
            return cluster.with(address: options.text(.nodeAddress)).with(ports: own)
        }
    }
}

extension Configuration {
    /// The clusters of the file and of the folder of kubeconfigs, as it is now.
    ///
    /// - Throws: ``ConfigurationProblems`` with everything that is wrong in the folder.
    func clustersWithFolder(environment: [String: String]) throws(ConfigurationProblems) -> [ClusterConfiguration] {
        guard let path = options.text(.clusterFilesDirectory) else { return clusters }
        var folder = ClusterFolder(path: path, environment: environment)
        var list = ClusterList(address: options.text(.nodeAddress))
        _ = list.want(fromFile: clusters)
        let (all, problems) = list.want(fromFolder: try folder.look())
        guard problems.isEmpty else {
            throw ConfigurationProblems(
                all: problems.map {
                    ConfigurationProblem(file: $0.place.description, line: nil, field: "", message: $0.message)
                }
            )
        }
        return all
    }
}

extension ConfigurationProblems {
    /// One problem that has no line.
    init(file: String, field: String, message: String) {
        self.init(all: [ConfigurationProblem(file: file, line: nil, field: field, message: message)])
    }
}
