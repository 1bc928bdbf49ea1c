internal import Administration
internal import KubeClient
internal import KubeModel
internal import VirtualNode

/// Brings together the clusters of the configuration file and those that Secrets of the origin bring. Pure.
///
/// What is wrong with a Secret concerns its cluster alone, which goes on as it was.
struct ClusterList {
    /// What is wrong with a Secret.
    struct Problem: Hashable {
        let secret: ObjectKey
        let uid: UID
        let reason: String
        let message: String
    }

    private let address: String?
    private var fromFile: [ClusterConfiguration] = []
    /// Nil until they have been listed.
    private var secrets: [ClusterSecret]?
    /// The last good configuration that each Secret brought.
    private var good: [ObjectKey: ClusterConfiguration] = [:]
    private var told: Set<Problem> = []

    /// - Parameter address: where the origin reaches the kubelet endpoints.
    init(address: String?) {
        self.address = address
    }

    /// - Returns: the clusters to serve, and what has come up with the Secrets.
    mutating func want(fromFile clusters: [ClusterConfiguration]) -> ([ClusterConfiguration], [Problem]) {
        fromFile = clusters
        return merge()
    }

    mutating func want(secrets all: [ClusterSecret]) -> ([ClusterConfiguration], [Problem]) {
        secrets = all.sorted { $0.metadata.key.description < $1.metadata.key.description }
        return merge()
    }

    private mutating func merge() -> ([ClusterConfiguration], [Problem]) {
        var owners = Dictionary(fromFile.map { ($0.name, "the configuration file") }) { first, _ in first }
        var (clusters, problems) = (fromFile, Set<Problem>())
        var known: [ObjectKey: ClusterConfiguration] = [:]
        for secret in secrets ?? [] {
            guard let name = secret.cluster, secret.departure != .left else { continue }
            func report(_ reason: String, _ message: String) {
                problems.insert(
                    Problem(secret: secret.metadata.key, uid: secret.metadata.uid, reason: reason, message: message)
                )
            }
            if let owner = owners[name] {
                report("ClusterNameTaken", "Cluster \(name) is that of \(owner) already.")
                continue
            }
            var cluster = good[secret.metadata.key].flatMap { $0.name == name ? $0 : nil }
            do throws(ConfigurationProblems) {
                cluster = try configuration(of: secret, name)
            } catch {
                report("ClusterUnusable", error.description)
            }
            guard let cluster else { continue }
            owners[name] = secret.place
            known[secret.metadata.key] = cluster
            clusters.append(cluster)
        }
        good = known
        let news = problems.subtracting(told)
        told = problems
        return (clusters, news.sorted { ($0.secret.description, $0.message) < ($1.secret.description, $1.message) })
    }

    private func configuration(
        of secret: ClusterSecret,
        _ name: String
    ) throws(ConfigurationProblems) -> ClusterConfiguration {
        if let problem = NameSyntax.dnsLabel(name) {
            throw ConfigurationProblems(file: secret.place, field: "the cluster's name", message: problem)
        }
        guard secret.kubeconfig != nil || secret.departure == .detached else {
            throw ConfigurationProblems(file: secret.place, field: "data", message: "has no kubeconfig that is text")
        }
        let file = "\(secret.place), \(ClusterSecret.settingsAnnotation)"
        let settings: YAMLNode
        do {
            settings = try YAMLDocument.parse(secret.settings.isEmpty ? "{}" : secret.settings)
        } catch {
            let problem = ConfigurationProblem(file: file, line: error.line, field: "", message: error.message)
            throw ConfigurationProblems(all: [problem])
        }
        var reader = ConfigurationReader(file: file)
        var cluster = ClusterConfiguration(named: name, settings: settings, reader: &reader)
        guard reader.problems.isEmpty else { throw ConfigurationProblems(all: reader.problems) }
        cluster.secret = secret.metadata.key
        return cluster.with(address: address, isDetached: secret.departure == .detached)
    }
}
