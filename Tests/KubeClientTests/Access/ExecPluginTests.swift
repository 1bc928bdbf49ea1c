import FoundationEssentials
import KubeModel
import Synchronization
import TestSupport
import Testing
import Transport

@testable import KubeClient

@Suite struct ExecPluginTests {
    private static let exec = """
        apiVersion: client.authentication.k8s.io/v1, command: get-token, args: [--for, me], interactiveMode: Never,
        installHint: Install get-token first., env: [{name: PROFILE, value: prod}]
        """

    private static func access(
        _ programs: any ProgramRunning,
        cluster: String = "server: https://one",
        exec: String = exec,
        clock: ManualClock = ManualClock(),
        wallTime: @escaping @Sendable () -> Double = { 0 }
    ) throws -> ClusterAccess {
        try KubeConfigFixture.access(
            cluster: cluster,
            user: "exec: {\(exec)}",
            environment: ["PATH": "/bin", "PROFILE": "dev"],
            host: KubeConfigFixture.host(programs: programs, clock: clock, wallTime: wallTime)
        )
    }

    @Test func `The plugin is called as the kubeconfig says`() async throws {
        let programs = ScriptedPrograms(ScriptedPrograms.credential(["token": "t"]))
        let headers = try await KubeConfigFixture.headers(Self.access(programs))
        let call = try #require(programs.calls.first)
        let info = try JSON.parse(#require(call.environment["KUBERNETES_EXEC_INFO"]))
        #expect(headers == ["Authorization: Bearer t"])
        #expect(call.command == "get-token")
        #expect(call.arguments == ["--for", "me"])
        #expect(call.environment["PATH"] == "/bin")
        #expect(call.environment["PROFILE"] == "prod")
        #expect(
            info == [
                "kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
                "spec": ["interactive": false],
            ]
        )
    }

    @Test(arguments: [("./bin/x", "/etc/kube/./bin/x"), ("/bin/x", "/bin/x"), ("x", "x")])
    func `A command with a slash begins at the folder of the kubeconfig`(command: String, called: String) async throws {
        let version = "client.authentication.k8s.io/v1beta1"
        let programs = ScriptedPrograms(ScriptedPrograms.credential(["token": "t"], apiVersion: version))
        _ = try await Self.access(programs, exec: "apiVersion: \(version), command: \(command)").headers()
        #expect(programs.calls.map(\.command) == [called])
    }

    @Test func `A plugin that asks is told about the cluster`() async throws {
        let programs = ScriptedPrograms(ScriptedPrograms.credential(["token": "t"]))
        let authority = Data(KubeConfigFixture.certificate.utf8).base64EncodedString()
        let access = try Self.access(
            programs,
            cluster: """
                server: https://one, tls-server-name: two, certificate-authority-data: \(authority),
                proxy-url: "http://proxy:3128", disable-compression: true,
                extensions: [
                  {name: client.authentication.k8s.io/exec, extension: {audience: a}}, {name: x, extension: y}]
                """,
            exec: Self.exec + ", provideClusterInfo: true"
        )
        _ = try await access.headers()
        let info = try JSON.parse(#require(programs.calls.first?.environment["KUBERNETES_EXEC_INFO"]))
        let expected: JSON = [
            "server": "https://one", "tls-server-name": "two", "certificate-authority-data": .string(authority),
            "proxy-url": "http://proxy:3128", "disable-compression": true, "config": ["audience": "a"],
        ]
        #expect(info.at("spec", "cluster") == expected)
    }

    @Test func `Credentials are kept until they expire`() async throws {
        let now = Mutex(0.0)
        let first: JSON = ["token": "one", "expirationTimestamp": "1970-01-01T00:01:00Z"]
        let programs = ScriptedPrograms(
            ScriptedPrograms.credential(first),
            ScriptedPrograms.credential(["token": "two"])
        )
        let access = try Self.access(programs, wallTime: { now.withLock { $0 } })
        #expect(try await KubeConfigFixture.headers(access) == ["Authorization: Bearer one"])
        now.withLock { $0 = 59 }
        #expect(try await KubeConfigFixture.headers(access) == ["Authorization: Bearer one"])
        now.withLock { $0 = 60 }
        #expect(try await KubeConfigFixture.headers(access) == ["Authorization: Bearer two"])
        now.withLock { $0 = 1e9 }
        #expect(try await KubeConfigFixture.headers(access) == ["Authorization: Bearer two"])
        #expect(programs.calls.count == 2)
    }

    @Test func `Refused credentials are replaced, brand-new ones are not`() async throws {
        let clock = ManualClock()
        let programs = ScriptedPrograms(
            ScriptedPrograms.credential(["token": "one"]),
            ScriptedPrograms.credential(["token": "two"])
        )
        let access = try Self.access(programs, clock: clock)
        #expect(try await KubeConfigFixture.headers(access) == ["Authorization: Bearer one"])
        clock.advance(by: .seconds(5))
        await access.invalidateCredentials()
        #expect(try await KubeConfigFixture.headers(access) == ["Authorization: Bearer two"])
        await access.invalidateCredentials()
        #expect(try await KubeConfigFixture.headers(access) == ["Authorization: Bearer two"])
    }

    @Test func `A certificate from the plugin is used for the connection`() async throws {
        let status: JSON = ["clientCertificateData": "cert", "clientKeyData": "key"]
        let access = try Self.access(ScriptedPrograms(ScriptedPrograms.credential(status)))
        let tls = try await access.connection().tls
        #expect(tls.certificatePEM == Array("cert".utf8))
        #expect(tls.keyPEM == Array("key".utf8))
        #expect(try await access.headers().isEmpty)
    }

    @Test(
        arguments: [
            (.failure(.notFound), "there is no such program\nInstall get-token first."),
            (.failure(.notStarted("permission denied")), "it cannot be started: permission denied\nInstall"),
            (.failure(.timedOut(.seconds(60))), "it did not end within"),
            (.failure(.tooMuchOutput(limit: 5)), "it printed more than 5 bytes"),
            (.success(ProgramResult(end: .killed(signal: 9), output: [])), "it was killed by signal 9"),
            (
                .success(
                    ProgramResult(
                        end: .exited(code: 3),
                        output: Array("hush".utf8),
                        diagnostics: Array("a\nlog in\n\n".utf8)
                    )
                ),
                "it failed with exit code 3: log in"
            ),
            (.success(ProgramResult(end: .exited(code: 0), output: Array("hush".utf8))), "what it printed is not JSON"),
        ] as [(Result<ProgramResult, ProgramError>, String)]
    )
    func `A plugin that fails is told`(answer: Result<ProgramResult, ProgramError>, message: String) async throws {
        let access = try Self.access(ScriptedPrograms(answer))
        let error = try await #require(throws: KubeConfigError.self) { try await access.headers() }
        #expect(error.code == .credentials)
        #expect(error.description.hasPrefix("/etc/kube/config:12: user \"me\": exec: plugin get-token: \(message)"))
        #expect(!error.description.contains("hush"))
    }

    @Test func `A failure is not remembered`() async throws {
        let access = try Self.access(
            ScriptedPrograms(.failure(.notFound), ScriptedPrograms.credential(["token": "t"]))
        )
        await #expect(throws: KubeConfigError.self) { try await access.headers() }
        #expect(try await KubeConfigFixture.headers(access) == ["Authorization: Bearer t"])
    }
}
