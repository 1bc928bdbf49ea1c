internal import Administration
internal import KubeClient
internal import KubeModel
internal import Lifecycle
internal import Providers
internal import VirtualNode

/// `martlet check`: looks at the origin and at clusters, all at the same time.
struct CheckCommand: Sendable {
    let session: Session
    /// The clusters that are meant, `origin` for the origin; empty for all.
    let names: [String]

    private static let usualLimit = Duration.seconds(10)

    /// What the origin tells of its clusters.
    private struct Sight: Sendable {
        var originID: UID?
        /// The remotes that virtual nodes stand for, by the name of the cluster.
        var remoteIDs: [String: UID] = [:]
        var secrets: [ClusterSecret] = []
        /// What could not be read.
        var problems: [Finding] = []
    }

    func run() async throws -> Int32 {
        let access = try session.origin()
        let client = session.clients.heartbeats(access, cluster: NameSyntax.origin)
        let sight = try await look(client)
        let (clusters, problems) = clusters(sight.secrets)
        let known = Set(clusters.map(\.name) + [NameSyntax.origin])
        let troubles = sight.problems + problems
        if troubles.isEmpty, let unknown = names.first(where: { !known.contains($0) }) {
            throw UsageError(
                message: "there is no cluster \"\(unknown)\"; known are \(known.sorted().joined(separator: ", "))"
            )
        }
        var reports = try await withThrowingTaskGroup(of: (Int, ClusterReport).self) { group in
            if isMeant(NameSyntax.origin) {
                group.addTask { (-1, try await originReport(access, client, sight, problems, clusters)) }
            }
            for (index, cluster) in clusters.enumerated() where isMeant(cluster.name) {
                group.addTask { (index, try await report(on: cluster, client, sight)) }
            }
            return try await group.reduce(into: [(Int, ClusterReport)]()) { $0.append($1) }
        }
        // What is wrong with the origin or with a Secret may be why a cluster is not known, or not compared.
        if !isMeant(NameSyntax.origin), !troubles.isEmpty {
            reports.append((-1, ClusterReport(cluster: NameSyntax.origin, server: "", findings: troubles)))
        }
        reports.sort { $0.0 < $1.0 }
        let all = reports.map(\.1)
        session.report.done(session.options.text(.output) == "json" ? all.json.text : all.table)
        return all.allSatisfy(\.isGood) ? Command.ExitCode.success : Command.ExitCode.failure
    }

    private var limit: Duration { session.options.optionalDuration(.timeout) ?? Self.usualLimit }

    private func isMeant(_ name: String) -> Bool { names.isEmpty || names.contains(name) }

    /// The clusters of the file, of the folder and of Secrets, and what is wrong with the latter two.
    private func clusters(_ secrets: [ClusterSecret]) -> ([ClusterConfiguration], [Finding]) {
        var list = ClusterList(address: session.options.text(.nodeAddress))
        _ = list.want(fromFile: session.clusters)
        var findings: [Finding] = []
        if let path = session.options.text(.clusterFilesDirectory) {
            var folder = ClusterFolder(path: path, environment: session.environment)
            do throws(ConfigurationProblems) {
                let (_, problems) = list.want(fromFolder: try folder.look())
                findings += problems.map { Finding("\($0.place)", .failed, $0.message) }
            } catch {
                findings.append(Finding("clusterFiles", .failed, error.description))
            }
        }
        let (clusters, problems) = list.want(secrets: secrets)
        return (clusters, findings + problems.map { Finding("\($0.place)", .failed, $0.message) })
    }
}

// MARK: - The origin

extension CheckCommand {
    private func look(_ client: APIClient) async throws -> Sight {
        var sight = Sight()
        do {
            sight.originID = try await withTimeout(limit) { try await client.clusterID() }
            sight.remoteIDs = try await withTimeout(limit) { try await Self.remoteIDs(client) }
            guard let namespace = session.options.text(.clusterSecretsNamespace) else { return sight }
            sight.secrets = try await withTimeout(limit) { try await Self.secrets(client, namespace) }
        } catch let error as APIError {
            sight.problems = [Finding("clusters", .failed, "what stands of them in the origin can't be read: \(error)")]
        } catch is TimeoutError {
            sight.problems = [Finding("clusters", .failed, "no answer within \(limit)")]
        }
        return sight
    }

    private static func remoteIDs(_ client: APIClient) async throws -> [String: UID] {
        let list = try await client.list(.nodes, labelSelector: NodeKeys.cluster)
        return remoteIDs(of: (list["items"]?.array ?? []).map { ObjectMeta($0) })
    }

    /// Several virtual nodes of one cluster say the same.
    static func remoteIDs(of nodes: [ObjectMeta]) -> [String: UID] {
        let known = nodes.compactMap { node in
            node.annotations[NodeKeys.remoteID].map { (node.labels[NodeKeys.cluster] ?? node.name, $0) }
        }
        return Dictionary(known) { first, _ in first }
    }

    private static func secrets(_ client: APIClient, _ namespace: String) async throws -> [ClusterSecret] {
        var secrets: [ClusterSecret] = []
        for format in ClusterSecret.Format.allCases {
            let list = try await client.list(.secrets, namespace: namespace, labelSelector: format.label)
            secrets += try (list["items"]?.array ?? []).map { try ClusterSecret(json: $0) }.filter {
                $0.format == format
            }
        }
        return secrets
    }

    private func originReport(
        _ access: ClusterAccess,
        _ client: APIClient,
        _ sight: Sight,
        _ problems: [Finding],
        _ clusters: [ClusterConfiguration]
    ) async throws -> ClusterReport {
        let leadership = session.options.text(.leaderElectionNamespace)
        let check = ClusterCheck(
            cluster: NameSyntax.origin,
            access: access,
            client: client,
            roles: AccessRole.origin(leadership: leadership ?? AccessRole.account.namespace),
            features: session.options.features(for: clusters)
        )
        let report = try await check.run(within: limit)
        return ClusterReport(
            cluster: report.cluster,
            server: report.server,
            findings: report.findings + (report.isGood ? sight.problems : []) + problems
        )
    }
}

// MARK: - Remotes

extension CheckCommand {
    private func report(
        on cluster: ClusterConfiguration,
        _ origin: APIClient,
        _ sight: Sight
    ) async throws -> ClusterReport {
        let secret = cluster.secret.flatMap { key in sight.secrets.first { $0.metadata.key == key } }
        if secret?.departure == .detached {
            let finding = Finding(
                "departure",
                .warning,
                "it is detached",
                remedy: "martlet join \(cluster.name) brings it back"
            )
            return ClusterReport(cluster: cluster.name, server: "", findings: [finding])
        }
        let access: ClusterAccess
        do {
            access = try session.access(to: cluster, secret)
        } catch {
            return ClusterReport(
                cluster: cluster.name,
                server: "",
                findings: [Finding("kubeconfig", .failed, "\(error)")]
            )
        }
        let check = ClusterCheck(
            cluster: cluster.name,
            access: access,
            client: session.clients.heartbeats(access, cluster: cluster.name),
            roles: [.remote, .remoteKubelets],
            features: session.options.remoteFeatures(of: cluster),
            identity: ClusterCheck.Identity(origin: sight.originID, remote: sight.remoteIDs[cluster.name])
        )
        async let endpoints = endpointFindings(cluster, origin)
        let report = try await check.run(within: limit)
        return ClusterReport(
            cluster: report.cluster,
            server: report.server,
            findings: report.findings + (try await endpoints)
        )
    }

    /// What the origin's API server gets from the kubelet endpoints of a cluster's nodes, where there are any.
    private func endpointFindings(_ cluster: ClusterConfiguration, _ origin: APIClient) async throws -> [Finding] {
        guard session.options.text(.nodeAddress) != nil else { return [] }
        return try await KubeletEndpointCheck(origin: origin).findings(of: cluster.nodeNames, within: limit)
    }
}

extension Session {
    /// How a cluster is reached, by what its Secret holds if one brings it.
    func access(to cluster: ClusterConfiguration, _ secret: ClusterSecret?) throws(KubeConfigError) -> ClusterAccess {
        guard let secret else { return try ClusterAccesses.remote(cluster, environment: environment) }
        return try secret.access()
    }
}

extension OptionValues {
    /// What of martlet's rights in the origin these options need.
    func features(for clusters: [ClusterConfiguration]) -> Set<Permission.Feature> {
        var features: Set<Permission.Feature> = []
        if text(.leaderElectionNamespace) != nil { features.insert(.leaderElection) }
        if clusters.contains(where: { $0.serviceAccounts == .origin }) { features.insert(.originAccounts) }
        if clusters.contains(where: { !$0.feedback.annotations.isEmpty }) { features.insert(.annotations) }
        guard text(.nodeAddress) != nil else { return features }
        features.insert(.kubelet)
        if text(.kubeletClientCA) == nil { features.insert(.publishedAuthorities) }
        let isRequested = text(.kubeletCertificate) == nil && text(.kubeletCertificateSource) == "csr"
        if isRequested { features.insert(.certificateRequests) }
        return features
    }

    /// What of its rights in a remote.
    func remoteFeatures(of cluster: ClusterConfiguration) -> Set<Permission.Feature> {
        var features: Set<Permission.Feature> = text(.nodeAddress) == nil ? [] : [.kubelet]
        if cluster.serviceAccounts == .remote { features.insert(.remoteAccounts) }
        return features
    }
}
