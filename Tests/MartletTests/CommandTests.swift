import Synchronization
import Testing

@testable import martlet

@Suite struct CommandTests {
    /// Runs the command and collects what it writes.
    private func run(_ arguments: String...) async -> (code: Int32, output: String, errors: String) {
        let output = Mutex("")
        let errors = Mutex("")
        let command = Command(
            arguments: arguments,
            environment: [:],
            standardOutput: { text in output.withLock { $0 += text } },
            standardError: { text in errors.withLock { $0 += text } }
        )
        let code = await command.run()
        return (code, output.withLock { $0 }, errors.withLock { $0 })
    }

    @Test func `Help and version go to standard output and end with 0`() async {
        let help = await run("--help")
        #expect(help.code == 0)
        #expect(help.output == HelpText.full)
        let version = await run("version")
        #expect(version.code == 0)
        #expect(version.output == "martlet \(Version.current)")
    }

    @Test func `A wrong flag ends with 2 and shows the usage`() async {
        let result = await run("--wrong")
        #expect(result.code == 2)
        #expect(result.errors.contains("unknown option --wrong"))
        #expect(result.errors.contains(HelpText.usage))
    }

    @Test func `A configuration that is not there ends with 2 and names the file`() async {
        let result = await run("--config", "/nonexistent/martlet.yaml")
        #expect(result.code == 2)
        #expect(result.errors == "/nonexistent/martlet.yaml: cannot be read: there is no such file")
    }

    @Test func `A run without a configuration ends with 2 and names the flag`() async {
        let result = await run()
        #expect(result.code == 2)
        #expect(result.errors.contains("--config"))
    }
}
