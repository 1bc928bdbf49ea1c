/// The Kubernetes release that a testbed runs, as its binaries describe themselves.
package struct Release: Sendable {
    /// As `kube-apiserver --version` says it: "v1.20.2".
    package let version: String
    private let flags: [Component: FlagSet]

    /// - Parameter flags: what each component's binary knows.
    package init(version: String, flags: [Component: FlagSet]) {
        self.version = version
        self.flags = flags
    }

    /// Asks the binaries.
    ///
    /// - Throws: `TestbedError` `.toolMissing`, or `.commandFailed` for binaries that do not run on this machine;
    ///   `CancellationError`.
    package static func ask(_ toolbox: Toolbox, scratch: String) async throws -> Release {
        async let version = Self.version(toolbox, scratch: scratch)
        let flags = try await withThrowingTaskGroup(of: (Component, FlagSet).self) { group in
            for component in Component.allCases {
                group.addTask { (component, try await Self.flags(of: component, toolbox, scratch: scratch)) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        return Release(version: try await version, flags: flags)
    }

    /// The flags that a component's binary knows.
    package func flags(of component: Component) -> FlagSet {
        flags[component] ?? FlagSet([])
    }

    private static func version(_ toolbox: Toolbox, scratch: String) async throws -> String {
        let command = Command(try toolbox.path(of: .apiserver), ["--version"])
        let result = try await Subprocess.run(command, deadline: .seconds(30), scratch: scratch).checked()
        guard let version = result.output.split(whereSeparator: \.isWhitespace).last else {
            throw TestbedError(.answer, "'\(command.executable) --version' says nothing")
        }
        return String(version)
    }

    private static func flags(of component: Component, _ toolbox: Toolbox, scratch: String) async throws -> FlagSet {
        let command = Command(try toolbox.path(of: component), ["--help"])
        let result = try await Subprocess.run(command, deadline: .seconds(30), scratch: scratch)
        // etcd 3.4 ends with an error after its help, and writes it to its error output.
        let flags = FlagSet(helpText: result.output + "\n" + result.errorOutput)
        guard !flags.isEmpty else {
            throw TestbedError(.answer, "'\(command.executable) --help' names no flag: \(result)")
        }
        return flags
    }
}

extension Toolbox {
    /// The program of a component: etcd is a tool, all others are of the release.
    package func path(of component: Component) throws(TestbedError) -> String {
        try component == .etcd ? tool(component.binary) : kubernetes(component.binary)
    }
}
