internal import Administration
internal import KubeClient
internal import KubeModel
internal import VirtualNode

/// Brings together the clusters of the configuration file, those of a folder of kubeconfigs, and those that Secrets of
/// the origin bring. Pure.
///
/// What is wrong with a Secret or a kubeconfig concerns its cluster alone, which goes on as it was.
struct ClusterList {
    /// What is wrong with what brings a cluster.
    struct Problem: Hashable {
        let place: ClusterOffer.Place
        let reason: String
        let message: String
        /// The virtual nodes of the cluster that goes on as it was; none where there is no such cluster.
        let nodeNames: [String]
    }

    /// What brings clusters.
    enum Source: Sendable {
        case file, folder, secrets
    }

    private let address: String?
    private var awaited: Set<Source>
    private var fromFile: [ClusterConfiguration] = []
    private var fromFolder: [ClusterOffer] = []
    private var fromSecrets: [ClusterOffer] = []
    /// The last good configuration that each brought.
    private var good: [ClusterOffer.Place: ClusterConfiguration] = [:]
    private var told: Set<Problem> = []

    /// - Parameters:
    ///   - address: where the origin reaches the kubelet endpoints.
    ///   - sources: which are to tell their clusters before the list is complete.
    init(address: String?, awaiting sources: Set<Source> = []) {
        self.address = address
        awaited = sources
    }

    /// Whether all have told their clusters once that were to.
    var isComplete: Bool { awaited.isEmpty }

    /// - Returns: the clusters to serve, and what has come up with those that are not of the configuration file.
    mutating func want(fromFile clusters: [ClusterConfiguration]) -> ([ClusterConfiguration], [Problem]) {
        awaited.remove(.file)
        fromFile = clusters
        return merge()
    }

    mutating func want(fromFolder offers: [ClusterOffer]) -> ([ClusterConfiguration], [Problem]) {
        awaited.remove(.folder)
        fromFolder = offers.sorted { $0.place.description < $1.place.description }
        return merge()
    }

    mutating func want(secrets: [ClusterSecret]) -> ([ClusterConfiguration], [Problem]) {
        awaited.remove(.secrets)
        fromSecrets = secrets.compactMap(ClusterOffer.init).sorted { $0.place.description < $1.place.description }
        return merge()
    }

    private mutating func merge() -> ([ClusterConfiguration], [Problem]) {
        var owners: [String: String] = [:]
        for name in fromFile.flatMap(\.takenNames) { owners[name] = "the configuration file" }
        var (clusters, problems) = (fromFile, Set<Problem>())
        var known: [ClusterOffer.Place: ClusterConfiguration] = [:]
        // What is served keeps its names, whatever a newcomer would like to be called.
        let offers = fromFolder + fromSecrets
        for offer in offers.filter(isServed) + offers.filter({ !isServed($0) }) {
            var cluster = good[offer.place].flatMap { $0.name == offer.name ? $0 : nil }
            func report(_ reason: String, _ message: String) {
                let nodes = cluster?.virtualNodes.map(\.node.name) ?? []
                problems.insert(Problem(place: offer.place, reason: reason, message: message, nodeNames: nodes))
            }
            do throws(ConfigurationProblems) {
                cluster = try configuration(of: offer)
            } catch {
                report("ClusterUnusable", error.description)
            }
            let names = cluster?.takenNames ?? [offer.name]
            if let name = names.first(where: { owners[$0] != nil }), let owner = owners[name] {
                cluster = nil
                report("ClusterNameTaken", "The name \(name) is that of \(owner) already.")
            }
            guard let cluster else { continue }
            for name in cluster.takenNames { owners[name] = offer.place.description }
            known[offer.place] = cluster
            clusters.append(cluster)
        }
        good = known
        let news = problems.subtracting(told)
        told = problems
        return (clusters, news.sorted { ($0.place.description, $0.message) < ($1.place.description, $1.message) })
    }

    private func isServed(_ offer: ClusterOffer) -> Bool { good[offer.place]?.name == offer.name }

    private func configuration(of offer: ClusterOffer) throws(ConfigurationProblems) -> ClusterConfiguration {
        if let problem = NameSyntax.cluster(offer.name) {
            throw ConfigurationProblems(
                file: offer.place.description,
                field: "the cluster's name",
                message: problem
            )
        }
        if let problem = offer.problem { throw ConfigurationProblems(all: [problem]) }
        let settings: YAMLNode
        do {
            settings = try YAMLDocument.parse(offer.settings.isEmpty ? "{}" : offer.settings)
        } catch {
            let place = offer.settingsPlace
            let problem = ConfigurationProblem(file: place, line: error.line, field: "", message: error.message)
            throw ConfigurationProblems(all: [problem])
        }
        var reader = ConfigurationReader(file: offer.settingsPlace)
        var cluster = ClusterConfiguration(named: offer.name, settings: settings, reader: &reader)
        guard reader.problems.isEmpty else { throw ConfigurationProblems(all: reader.problems) }
        switch offer.place {
        case .secret(let key, _): cluster.secret = key
        case .file(let path): cluster.kubeconfig = path
        }
        return cluster.with(address: address, isDetached: offer.isDetached)
    }
}
