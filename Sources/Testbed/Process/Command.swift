/// A program to run: what, with which arguments and surroundings.
package struct Command: Sendable, Hashable {
    /// The program's absolute path.
    package var executable: String
    package var arguments: [String]
    /// The whole environment of the program. The harness's own by default.
    package var environment: [String: String]
    /// Where it runs; nil for the harness's own directory.
    package var directory: String?

    package init(
        _ executable: String,
        _ arguments: [String] = [],
        environment: [String: String] = HarnessEnvironment.current,
        directory: String? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
    }

    /// The program's file name, for messages and logs.
    package var name: String {
        executable.split(separator: "/").last.map(String.init) ?? executable
    }
}
