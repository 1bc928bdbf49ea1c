internal import Administration
internal import KubeClient
internal import KubeModel
internal import Synchronization

/// `martlet join`: makes a cluster one of the origin's.
struct JoinCommand: Sendable {
    let session: Session
    let name: String

    func run() async throws -> Int32 {
        if let problem = NameSyntax.cluster(name) { throw UsageError(message: "the name \"\(name)\" \(problem)") }
        try session.checkName(name) { _ in "take it out there first, or join under another name" }
        guard let file = session.options.text(.remoteKubeconfig) else {
            throw UsageError(message: "join needs --remote-kubeconfig, with an administrator's rights in the cluster")
        }
        let access = try KubeConfig.load(
            paths: file,
            context: session.options.text(.remoteContext),
            environment: session.environment
        )
        let settings = try settings()
        let plan = JoinPlan(
            cluster: name,
            settings: settings,
            nodeNames: try settings.map { try configuration($0, from: given).nodeNames },
            namespace: session.secretsNamespace,
            withKubelets: session.options.isOn(.withKubelets)
        )
        let origin = session.clients.heartbeats(try session.origin(), cluster: NameSyntax.origin)
        let report = CountingReport(session.report)
        let join = Join(
            plan,
            origin: origin,
            remote: session.clients.heartbeats(access, cluster: name),
            access: access,
            makeClient: { [session, name] in session.clients.heartbeats($0, cluster: name) },
            report: report.report
        )
        guard !session.options.isOn(.dryRun) else {
            session.report.done(try await join.rehearse())
            return Command.ExitCode.success
        }
        warnOfNamespace()
        do {
            let joined = try await join.run()
            let limit = session.options.duration(.wait)
            guard limit > .zero else { return Command.ExitCode.success }
            let nodes = try configuration(joined.settings, from: settings == nil ? kept(by: plan) : given).nodeNames
            try await ReadyWait(nodes: nodes, remoteID: joined.remoteID, origin: origin).run(
                within: limit,
                report: report.report
            )
            return Command.ExitCode.success
        } catch {
            if report.count > 0 {
                session.report.note("What is told above stands; the same command goes on from there.")
            }
            throw error
        }
    }

    private func warnOfNamespace() {
        guard let file = session.options.text(.config), session.options.text(.clusterSecretsNamespace) == nil else {
            return
        }
        session.report.note(
            "Warning: \(file) has no clusterSecrets.namespace, without which martlet looks for no Secrets; it has to be "
                + "\(session.secretsNamespace)"
        )
    }

    /// The settings as they go into the Secret; nil where none are given.
    private func settings() throws(ConfigurationProblems) -> String? {
        let options = session.options
        let (file, region, zone) = (options.text(.settings), options.text(.region), options.text(.zone))
        guard file != nil || region != nil || zone != nil else { return nil }
        var settings: JSON = try file.map(Self.read) ?? [:]
        if let region { settings["region"] = .string(region) }
        if let zone { settings["zone"] = .string(zone) }
        let text = YAMLText.of(settings)
        _ = try configuration(text, from: given)
        return text
    }

    /// Where settings come from that are given, for people.
    private var given: String { session.options.text(.settings) ?? "command line" }

    /// Where settings stand that an earlier join left, for people.
    private func kept(by plan: JoinPlan) -> String {
        let secret = ObjectKey(namespace: plan.namespace, name: plan.secretName)
        return "Secret \(secret), \(ClusterSecret.settingsAnnotation)"
    }

    /// The cluster as martlet will serve it with these settings.
    ///
    /// - Parameter place: where they come from, for people.
    private func configuration(
        _ settings: String,
        from place: String
    ) throws(ConfigurationProblems) -> ClusterConfiguration {
        var reader = ConfigurationReader(file: place)
        let cluster: ClusterConfiguration
        do {
            let node = try YAMLDocument.parse(settings.isEmpty ? "{}" : settings)
            cluster = ClusterConfiguration(named: name, settings: node, reader: &reader)
        } catch {
            throw ConfigurationProblems(file: reader.file, field: "", message: error.message)
        }
        guard reader.problems.isEmpty else { throw ConfigurationProblems(all: reader.problems) }
        return cluster
    }

    private static func read(_ file: String) throws(ConfigurationProblems) -> JSON {
        let text: String
        do {
            text = try TextFile.read(file)
        } catch {
            throw ConfigurationProblems(file: file, field: "", message: "cannot be read: \(error)")
        }
        do {
            let json = try YAMLDocument.json(text, file: file)
            if json.isNull { return [:] }
            guard json.object != nil else {
                throw ConfigurationProblems(file: file, field: "", message: "must be a mapping")
            }
            return json
        } catch let error as YAMLError {
            throw ConfigurationProblems(all: [
                ConfigurationProblem(file: file, line: error.line, field: "", message: error.message)
            ])
        } catch let problems as ConfigurationProblems {
            throw problems
        } catch {
            throw ConfigurationProblems(file: file, field: "", message: "\(error)")
        }
    }
}

/// A report that knows whether anything was done.
private final class CountingReport: Sendable {
    private let inner: Report
    private let done = Mutex(0)

    init(_ inner: Report) {
        self.inner = inner
    }

    var count: Int { done.withLock { $0 } }

    var report: Report {
        Report(
            done: { [self] text in
                done.withLock { $0 += 1 }
                inner.done(text)
            },
            note: inner.note
        )
    }
}
