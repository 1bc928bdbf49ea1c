internal import Administration
internal import KubeModel

extension Command {
    /// `martlet clusters`.
    func clusters(_ invocation: Invocation) async throws -> Int32 {
        let selector = try Self.selector(invocation)
        return try await with(invocation) { session in
            let options = session.options
            let command = ClustersCommand(
                names: invocation.operands,
                labels: selector,
                client: session.clients.client(try session.origin(), cluster: NameSyntax.origin),
                format: options.text(.output).flatMap(ClustersCommand.Format.init(rawValue:)) ?? .table,
                output: standardOutput,
                errors: { [standardError] in standardError("martlet: \($0)") }
            )
            let areAllThere = try await command.run(isFollowing: invocation.values[.watch] != nil)
            return areAllThere ? ExitCode.success : ExitCode.failure
        }
    }

    private static func selector(_ invocation: Invocation) throws(UsageError) -> LabelSelector {
        guard case .text(let text)? = invocation.values[.selector] else { return .everything }
        do {
            return try LabelSelector(parsing: text)
        } catch {
            throw UsageError(message: "--selector: \(error)")
        }
    }
}
