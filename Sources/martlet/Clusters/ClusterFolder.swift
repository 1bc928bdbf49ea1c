internal import KubeClient

/// A folder of kubeconfigs, each of which brings a cluster that is called like its file: `us-east.kubeconfig` or
/// `us-east.yaml`, with the cluster's settings, if there are any, in `us-east.settings.yaml`.
struct ClusterFolder {
    /// What a file of the folder is for.
    enum Role: Equatable {
        case kubeconfig(cluster: String)
        case settings(cluster: String)
        case none
    }

    /// What was found of a kubeconfig.
    private struct Finding {
        let stamp: FileStamp?
        let problem: ConfigurationProblem?
    }

    let path: String
    private let environment: [String: String]
    private var findings: [String: Finding] = [:]

    /// - Parameter environment: that of this process, for kubeconfigs with programs.
    init(path: String, environment: [String: String]) {
        self.path = path
        self.environment = environment
    }

    /// What a file is for, by its name. Hidden files are those that editors, `kubectl cp` and mounted volumes keep for
    /// themselves.
    static func role(of file: String) -> Role {
        guard !file.hasPrefix(".") else { return .none }
        for (endings, role) in [
            ([".settings.yaml", ".settings.yml"], Role.settings(cluster:)),
            ([".kubeconfig", ".yaml", ".yml"], Role.kubeconfig(cluster:)),
        ] {
            for ending in endings where file.hasSuffix(ending) { return role(String(file.dropLast(ending.count))) }
        }
        return .none
    }

    /// The clusters that the folder brings now. To be quick: it is asked for every second.
    ///
    /// - Throws: ``ConfigurationProblems`` where the folder can't be read.
    mutating func look() throws(ConfigurationProblems) -> [ClusterOffer] {
        let files = try list()
        let settings = Dictionary(
            files.compactMap { file in
                if case .settings(let cluster) = Self.role(of: file) { (cluster, file) } else { nil }
            }
        ) { first, _ in first }
        var offers: [ClusterOffer] = []
        var found: [String: Finding] = [:]
        for file in files {
            guard case .kubeconfig(let cluster) = Self.role(of: file) else { continue }
            let finding = finding(on: file)
            found[file] = finding
            offers.append(offer(of: cluster, file, finding, settings: settings[cluster]))
        }
        findings = found
        return offers
    }

    private func list() throws(ConfigurationProblems) -> [String] {
        do {
            return try LocalFiles().names(in: path)
        } catch {
            throw ConfigurationProblems(file: path, field: "", message: "the folder can't be read: \(error.reason)")
        }
    }

    private func place(_ file: String) -> String { path.hasSuffix("/") ? path + file : "\(path)/\(file)" }

    private func offer(of cluster: String, _ file: String, _ finding: Finding, settings: String?) -> ClusterOffer {
        let settingsPlace = place(settings ?? file)
        var offer = ClusterOffer(
            place: .file(place(file)),
            name: cluster,
            settingsPlace: settingsPlace,
            problem: finding.problem
        )
        guard settings != nil else { return offer }
        do {
            offer.settings = try TextFile.read(settingsPlace)
            // Somebody is about to write it.
            guard offer.settings.contains(where: { !$0.isWhitespace }) else {
                let message = "is empty; {} stands for no settings"
                offer.problem = ConfigurationProblem(file: settingsPlace, line: nil, field: "", message: message)
                return offer
            }
        } catch {
            let message = "cannot be read: \(error)"
            offer.problem = ConfigurationProblem(file: settingsPlace, line: nil, field: "", message: message)
        }
        return offer
    }

    /// A good file is read again when it has changed; one that is not may lack another file, and is always.
    private func finding(on file: String) -> Finding {
        let path = place(file)
        // What can't be looked at can't be read either, and that tells why.
        let stamp = try? LocalFiles().stamp(of: path)
        if let known = findings[file], known.problem == nil, known.stamp == stamp { return known }
        do {
            _ = try KubeConfig.load(paths: path, context: nil, environment: environment)
            return Finding(stamp: stamp, problem: nil)
        } catch {
            let problem = ConfigurationProblem(file: path, line: nil, field: "", message: "\(error)")
            return Finding(stamp: stamp, problem: problem)
        }
    }
}
