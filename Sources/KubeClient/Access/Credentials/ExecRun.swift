import KubeModel

/// One run of a plugin: asks it for credentials and reads its answer.
struct ExecRun: Sendable {
    /// Plugins may ask a distant service, but not a person.
    static let timeLimit: Duration = .seconds(60)
    private static let apiVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]

    /// Tells the plugin about its cluster.
    typealias ClusterInfo = @Sendable () throws(KubeConfigError) -> JSON

    private let call: ProgramCall
    private let apiVersion: String
    private let installHint: String?
    private let place: EntryPlace
    private let cluster: ClusterInfo?
    private let programs: any ProgramRunning

    /// - Parameters:
    ///   - cluster: Used if the entry asks for it.
    ///   - environment: What the plugin inherits; the entry's own variables go before.
    /// - Throws: If the entry cannot work.
    init(
        _ entry: ExecEntry,
        place: EntryPlace,
        cluster: @escaping ClusterInfo,
        environment: [String: String],
        programs: any ProgramRunning
    ) throws(KubeConfigError) {
        guard let command = entry.command else { throw place.error(.invalid, "exec.command", "is missing") }
        apiVersion = try Self.apiVersion(entry, place: place)
        try Self.checkInteractiveMode(entry, apiVersion: apiVersion, place: place)
        let variables = entry.variables.map { ($0.name, $0.value.value) }
        call = ProgramCall(
            command: command,
            arguments: entry.arguments.value,
            environment: environment.merging(variables) { $1 },
            timeLimit: Self.timeLimit
        )
        installHint = entry.installHint
        self.place = place
        self.cluster = entry.providesClusterInfo ? cluster : nil
        self.programs = programs
    }

    private static func apiVersion(_ entry: ExecEntry, place: EntryPlace) throws(KubeConfigError) -> String {
        let known = apiVersions.joined(separator: " or ")
        guard let version = entry.apiVersion else {
            throw place.error(.invalid, "exec.apiVersion", "is missing; it must be \(known)")
        }
        guard apiVersions.contains(version) else {
            throw place.error(.unsupported, "exec.apiVersion", "must be \(known), not \(version)")
        }
        return version
    }

    /// `v1` demands that the mode is said. A server has no terminal to lend.
    private static func checkInteractiveMode(
        _ entry: ExecEntry,
        apiVersion: String,
        place: EntryPlace
    ) throws(KubeConfigError) {
        let field = "exec.interactiveMode"
        switch entry.interactiveMode {
        case "Never", "IfAvailable": break
        case nil where apiVersion != apiVersions[0]: break
        case "Always":
            throw place.error(.unsupported, field, "is Always, but there is no terminal; use Never or IfAvailable")
        default:
            throw place.error(.invalid, field, "must be Never, IfAvailable or Always")
        }
    }
}

// MARK: - Running

extension ExecRun {
    /// Runs the plugin.
    ///
    /// - Throws: `KubeConfigError`, or `CancellationError`.
    func credential() async throws -> ExecCredential {
        var call = call
        let cluster = try cluster?()
        call.environment[ExecRequest.variable] = ExecRequest.render(apiVersion: apiVersion, cluster: cluster)
        let result: ProgramResult
        do {
            result = try await programs.run(call)
        } catch let error as ProgramError {
            throw problem(error)
        }
        guard result.end == .exited(code: 0) else { throw problem(result) }
        do {
            return try ExecCredential(parsing: result.output, apiVersion: apiVersion)
        } catch {
            throw failure(error.message)
        }
    }

    private func problem(_ error: ProgramError) -> KubeConfigError {
        switch error {
        case .notFound: failure("there is no such program", withHint: true)
        case .notStarted(let reason): failure("it cannot be started: \(reason)", withHint: true)
        case .timedOut(let limit): failure("it did not end within \(limit)")
        case .tooMuchOutput(let limit): failure("it printed more than \(limit) bytes")
        }
    }

    private func problem(_ result: ProgramResult) -> KubeConfigError {
        let end =
            switch result.end {
            case .exited(let code): "it failed with exit code \(code)"
            case .killed(let signal): "it was killed by signal \(signal)"
            }
        let words = Self.lastLine(result.diagnostics)
        return failure(words.isEmpty ? end : "\(end): \(words)")
    }

    private func failure(_ message: String, withHint: Bool = false) -> KubeConfigError {
        let hint = withHint ? installHint.map { "\n\($0)" } ?? "" : ""
        return place.error(.credentials, "exec", "plugin \(call.command): \(message)\(hint)")
    }

    /// What the plugin said last, in at most 300 characters.
    private static func lastLine(_ diagnostics: [UInt8]) -> String {
        let lines = String(decoding: diagnostics, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let last = lines.last(where: { !String($0).trimmed.isEmpty }) else { return "" }
        return String(String(last).trimmed.prefix(300))
    }
}
