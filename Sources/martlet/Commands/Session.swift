internal import Administration
internal import KubeClient
internal import Observability
internal import Transport

/// What a command that a person runs has at hand: the options, the clusters of the configuration file if there is one,
/// and the way to clusters.
struct Session: Sendable {
    let options: OptionValues
    /// Of the configuration file.
    let clusters: [ClusterConfiguration]
    let environment: [String: String]
    let clients: ClientFactory
    let report: Report

    /// Opens one, and closes it whatever happens.
    ///
    /// - Throws: ``ConfigurationProblems``, `TransportError`, what the body throws.
    static func with<Value>(
        _ flags: [OptionName: OptionValue],
        environment: [String: String],
        report: Report,
        _ body: (Session) async throws -> Value
    ) async throws -> Value {
        let (options, clusters) = try read(flags, environment)
        let http = try CurlHTTPClient.start()
        let session = Session(
            options: options,
            clusters: clusters,
            environment: environment,
            clients: ClientFactory(
                http: http,
                options: options,
                logger: Logger(label: "martlet", level: .error),
                metrics: MetricsRegistry()
            ),
            report: report
        )
        do {
            let value = try await body(session)
            await http.shutdown()
            return value
        } catch {
            await http.shutdown()
            throw error
        }
    }

    private static func read(
        _ flags: [OptionName: OptionValue],
        _ environment: [String: String]
    ) throws(ConfigurationProblems) -> (OptionValues, [ClusterConfiguration]) {
        let options = OptionValues(flags: flags, environment: try OptionValues.environment(environment))
        guard options.text(.config) != nil else { return (options, []) }
        let configuration = try Configuration(flags: flags, environment: environment, readFile: TextFile.read)
        return (configuration.options, configuration.clusters)
    }

    /// How the origin is reached.
    func origin() throws(KubeConfigError) -> ClusterAccess {
        try ClusterAccesses.origin(options, environment: environment)
    }

    /// Where Secrets bring clusters.
    var secretsNamespace: String { options.text(.clusterSecretsNamespace) ?? JoinedAccount.namespace }

    /// Refuses a name that is no cluster's, and that of a cluster of the configuration file or of the folder.
    ///
    /// - Parameter remedy: what to do instead, by what the cluster's Nodes are called.
    func checkName(_ name: String, remedy: (_ nodes: [String]) -> String) throws {
        if let problem = NameSyntax.dnsLabel(name) { throw UsageError(message: "the name \"\(name)\" \(problem)") }
        if let path = options.text(.clusterFilesDirectory) {
            var folder = ClusterFolder(path: path, environment: environment)
            if let offer = try folder.look().first(where: { $0.name == name }) {
                throw Refusal("\(name) is a cluster of the folder \(path); \(remedy(nodeNames(of: offer)))")
            }
        }
        guard let cluster = clusters.first(where: { $0.name == name }) else { return }
        let file = options.text(.config) ?? "the configuration file"
        throw Refusal("\(name) is a cluster of \(file); \(remedy(cluster.nodeNames))")
    }

    /// What the Nodes of a cluster of the folder are called, whatever its kubeconfig is like; by the cluster's name where
    /// its settings are of no use.
    private func nodeNames(of offer: ClusterOffer) -> [String] {
        var (offer, list) = (offer, ClusterList(address: nil))
        offer.problem = nil
        return list.want(fromFolder: [offer]).0.first?.nodeNames ?? [offer.name]
    }
}
