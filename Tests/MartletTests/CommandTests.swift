import Providers
import Synchronization
import Testing
import VirtualNode

@testable import Admission
@testable import martlet

@Suite struct CommandTests {
    /// Runs the command and collects what it writes.
    private func run(_ arguments: String...) async -> (code: Int32, output: String, errors: String) {
        await run(arguments)
    }

    private func run(_ arguments: [String]) async -> (code: Int32, output: String, errors: String) {
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

    private static let certificate = ["--tls-cert-file", "/nonexistent/c", "--tls-private-key-file", "/nonexistent/k"]

    @Test func `A webhook without a certificate ends with 2 and names the flags`() async {
        let result = await run("webhook")
        #expect(result.code == 2)
        #expect(result.errors.contains("webhook needs --tls-cert-file and --tls-private-key-file"))
    }

    @Test(arguments: [("--tolerations", "a/b/c", "a/b/c"), ("--cluster-annotations", "x,-", "-")])
    func `A key that can be none ends a webhook with 2 and is named`(flag: String, value: String, key: String) async {
        let result = await run(["webhook", flag, value] + Self.certificate)
        #expect(result.code == 2)
        #expect(result.errors.contains("\(flag): \"\(key)\" must be"), "\(result.errors)")
    }

    @Test func `A webhook whose certificate is not there ends with 1`() async {
        let result = await run(["webhook", "--webhook-addr", "127.0.0.1:0"] + Self.certificate)
        #expect(result.code == 1)
    }

    @Test func `The webhook's label is that of virtual nodes, and the delegates' marks are the delegates'`() {
        #expect(PlacementRule.label == NodeKeys.cluster)
        #expect(Bystander.delegateLabels == [DelegateIdentity.originLabel, DelegateIdentity.podUIDLabel])
    }
}
