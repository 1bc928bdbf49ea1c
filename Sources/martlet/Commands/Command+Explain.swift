internal import Administration
internal import KubeClient

extension Command {
    /// `martlet explain`.
    func explain(_ invocation: Invocation) async throws -> Int32 {
        let operand = invocation.operands.first ?? ""
        guard let subject = ExplainCommand.Subject(operand) else {
            throw UsageError(
                message: "martlet explain tells of pods, such as pod/web, and of nodes, such as node/us-east, not of "
                    + "\"\(operand)\""
            )
        }
        return try await with(invocation) { session in
            let origin = try session.origin()
            let namespace = session.options.text(.namespace) ?? origin.namespace
            let command = ExplainCommand(
                subject,
                namespace: namespace,
                client: session.clients.client(origin, cluster: NameSyntax.origin)
            )
            standardOutput(try await command.run(asJSON: session.options.text(.output) == "json"))
            return ExitCode.success
        }
    }
}
