internal import Administration
internal import KubeClient
internal import KubeModel

extension Command {
    /// `martlet explain`.
    func explain(_ invocation: Invocation) async throws -> Int32 {
        let operand = invocation.operands.first ?? ""
        guard let name = ExplainCommand.name(operand) else {
            throw UsageError(message: "martlet explain tells of pods, such as pod/web, not of \"\(operand)\"")
        }
        return try await with(invocation) { session in
            let origin = try session.origin()
            let namespace = session.options.text(.namespace) ?? origin.namespace
            let command = ExplainCommand(
                pod: ObjectKey(namespace: namespace, name: name),
                client: session.clients.client(origin, cluster: "origin")
            )
            standardOutput(try await command.run(asJSON: session.options.text(.output) == "json"))
            return ExitCode.success
        }
    }
}
