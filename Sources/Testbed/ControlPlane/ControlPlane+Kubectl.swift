extension ControlPlane {
    /// Runs kubectl against the cluster, as its administrator unless the arguments name another kubeconfig.
    ///
    /// - Parameters:
    ///   - input: what kubectl reads from its standard input (`apply -f -`).
    ///   - deadline: after which kubectl is killed.
    /// - Throws: `TestbedError` `.toolMissing`, `.deadline`; `CancellationError`. Not for a command that fails: see
    ///   `CommandResult.checked()`.
    package func kubectl(
        _ arguments: [String],
        input: String? = nil,
        deadline: Duration = .seconds(180)
    ) async throws -> CommandResult {
        var environment = HarnessEnvironment.current
        environment["KUBECONFIG"] = kubeconfig
        // Discovery is cached per run: another run may have another cluster at the same address.
        environment["HOME"] = directory
        let command = Command(try surroundings.toolbox.kubernetes("kubectl"), arguments, environment: environment)
        return try await Subprocess.run(command, input: input, deadline: deadline, scratch: surroundings.scratch)
    }

    /// Runs kubectl and returns what it printed.
    ///
    /// - Throws: `TestbedError` `.commandFailed` also for a command that fails.
    @discardableResult
    package func kubectl(
        _ arguments: String...,
        input: String? = nil,
        deadline: Duration = .seconds(180)
    ) async throws -> String {
        try await kubectl(arguments, input: input, deadline: deadline).checked().output
    }
}
