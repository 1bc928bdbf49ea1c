internal import Administration
internal import KubeClient
internal import Lifecycle

/// One call of the program: understands the arguments, does what they ask, and says how it ended.
struct Command {
    let arguments: [String]
    let environment: [String: String]
    let standardOutput: @Sendable (String) -> Void
    let standardError: @Sendable (String) -> Void

    /// How the program ends. A second signal ends it with 128 and the signal's number, as a shell tells it.
    enum ExitCode {
        static let success: Int32 = 0
        static let failure: Int32 = 1
        /// The command line or the configuration cannot be used.
        static let usage: Int32 = 2
    }

    func run() async -> Int32 {
        do {
            return try await perform(Invocation(arguments: arguments))
        } catch let error as UsageError {
            standardError("martlet: \(error.message)\n\(HelpText.usage)\nmartlet --help tells more.")
            return ExitCode.usage
        } catch let problems as ConfigurationProblems {
            standardError(problems.description)
            return ExitCode.usage
        } catch {
            standardError("martlet: \(error)")
            return ExitCode.failure
        }
    }

    private func perform(_ invocation: Invocation) async throws -> Int32 {
        switch invocation.command {
        case .help:
            let topic = invocation.operands.first.flatMap(Invocation.Command.init(rawValue:))
            standardOutput(topic.map(HelpText.of) ?? HelpText.full)
        case .version:
            standardOutput("martlet \(Version.current)")
        case .checkConfig:
            let flags = invocation.values
            let configuration = try Configuration(flags: flags, environment: environment, readFile: TextFile.read)
            _ = try ClusterAccesses(configuration, environment: environment)
            let clusters = try configuration.clustersWithFolder(environment: environment)
            standardOutput("The configuration is good: \(clusters.map(\.name).joined(separator: ", ")).")
        case .run:
            let source = ConfigurationSource(flags: invocation.values, environment: environment)
            return try await Composition(
                configuration: try source.read(),
                environment: environment,
                readConfiguration: source.read
            ).run()
        case .webhook: return try await WebhookCommand(invocation.values, environment: environment).run()
        case .clusters: return try await clusters(invocation)
        case .explain: return try await explain(invocation)
        case .check:
            return try await with(invocation) { try await CheckCommand(session: $0, names: invocation.operands).run() }
        case .join:
            return try await with(invocation) { try await JoinCommand(session: $0, name: invocation.operands[0]).run() }
        case .leave:
            return try await with(invocation) {
                try await LeaveCommand(session: $0, name: invocation.operands[0]).run()
            }
        }
        return ExitCode.success
    }

    /// Runs what a command does with a session, which ends with it.
    func with(_ invocation: Invocation, _ body: (Session) async throws -> Int32) async throws -> Int32 {
        let report = Report(done: standardOutput, note: standardError)
        return try await Session.with(invocation.values, environment: environment, report: report, body)
    }
}
