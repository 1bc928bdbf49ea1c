import FoundationEssentials
import Glibc
import Testing

@testable import KubeClient

@Suite(.timeLimit(.minutes(1)), .serialized) struct LocalProgramsTests {
    private static func shell(_ script: String, limit: Duration = .seconds(30), output: Int = 1 << 20) -> ProgramCall {
        ProgramCall(
            command: "sh",
            arguments: ["-c", script],
            environment: ["PATH": "/usr/bin:/bin"],
            timeLimit: limit,
            outputLimit: output
        )
    }

    /// Calls `body` with a new folder, which is removed afterwards.
    private static func withFolder<Answer>(_ body: (String) async throws -> Answer) async throws -> Answer {
        let folder = FileManager.default.temporaryDirectory.path() + "/" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let result: Result<Answer, any Error>
        do {
            result = .success(try await body(folder))
        } catch {
            result = .failure(error)
        }
        try FileManager.default.removeItem(atPath: folder)
        return try result.get()
    }

    @Test func `Output, diagnostics and exit code come back`() async throws {
        let result = try await LocalPrograms().run(Self.shell("echo out; echo err >&2; exit 7"))
        #expect(result.end == .exited(code: 7))
        #expect(result.output == Array("out\n".utf8))
        #expect(result.diagnostics == Array("err\n".utf8))
    }

    @Test func `A death by signal is told`() async throws {
        let result = try await LocalPrograms().run(Self.shell("kill -TERM $$"))
        #expect(result.end == .killed(signal: SIGTERM))
    }

    @Test func `Nothing but the given environment is there, and the input is empty`() async throws {
        let call = ProgramCall(
            command: "sh",
            arguments: ["-c", "cat; env | grep -v -e ^PWD= -e ^SHLVL= -e ^_="],
            environment: ["PATH": "/usr/bin:/bin", "A": "1"],
            timeLimit: .seconds(30)
        )
        let result = try await LocalPrograms().run(call)
        #expect(
            String(decoding: result.output, as: UTF8.self).split(separator: "\n").sorted() == [
                "A=1", "PATH=/usr/bin:/bin",
            ]
        )
    }

    @Test func `Both pipes are emptied while it writes`() async throws {
        let script = "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"
        let result = try await LocalPrograms().run(Self.shell(script))
        #expect(result.end == .exited(code: 0))
        #expect(result.output.count == 300_000)
    }

    @Test func `Too much output is an error`() async {
        await #expect(throws: ProgramError.tooMuchOutput(limit: 10)) {
            try await LocalPrograms().run(Self.shell("head -c 100000 /dev/zero", output: 10))
        }
    }

    @Test func `A program that takes too long is killed`() async {
        await #expect(throws: ProgramError.timedOut(.milliseconds(50))) {
            try await LocalPrograms().run(Self.shell("sleep 1000; true", limit: .milliseconds(50)))
        }
    }

    @Test func `Programs that hang keep no other one waiting`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            // More than Dispatch has threads for.
            for _ in 0..<64 { group.addTask { _ = try await LocalPrograms().run(Self.shell("exec sleep 1000")) } }
            let result = try await LocalPrograms().run(Self.shell("echo out", limit: .seconds(1000)))
            #expect(result.output == Array("out\n".utf8))
            group.cancelAll()
            while await group.nextResult() != nil {}
        }
    }

    @Test func `A program that is not there is told`() async {
        for command in ["no-such-program", "/no/such/program", "./sh"] {
            let call = ProgramCall(command: command, arguments: [], environment: [:], timeLimit: .seconds(1))
            await #expect(throws: ProgramError.notFound) { try await LocalPrograms().run(call) }
        }
    }

    @Test func `Relative folders in PATH are not searched`() {
        #expect(LocalPrograms.locate("sh", searching: "bin:/bin") == "/bin/sh")
        #expect(LocalPrograms.locate("sh", searching: "../../../../../../../../bin:") == nil)
    }

    @Test func `A file that cannot be executed is told with the reason`() async {
        let call = ProgramCall(command: "/etc/passwd", arguments: [], environment: [:], timeLimit: .seconds(1))
        await #expect(throws: ProgramError.notStarted("Permission denied")) { try await LocalPrograms().run(call) }
    }

    @Test func `A cancelled caller kills the program`() async throws {
        try await Self.withFolder { folder in
            let fifo = folder + "/fifo"
            try #require(mkfifo(fifo, 0o600) == 0)
            let task = Task { try await LocalPrograms().run(Self.shell("echo $$ > \(fifo); exec sleep 1000")) }
            let text = try await Blocking.run { try LocalFiles().read(fifo, limit: 100) }
            let pid = try #require(pid_t(String(decoding: text, as: UTF8.self).trimmed))
            #expect(kill(pid, 0) == 0)
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(kill(pid, 0) == -1)
        }
    }

    @Test func `What a program leaves behind is not waited for`() async throws {
        try await Self.withFolder { folder in
            let fifo = folder + "/fifo"
            try #require(mkfifo(fifo, 0o600) == 0)
            // The reader keeps the output open until the test writes.
            let result = try await LocalPrograms().run(Self.shell("(cat \(fifo); true) & echo done"))
            #expect(result.output == Array("done\n".utf8))
            try await Blocking.run { try Data("x".utf8).write(to: URL(filePath: fifo)) }
        }
    }

    @Test func `A script in the folder of the kubeconfig gives credentials`() async throws {
        try await Self.withFolder { folder in
            let script = """
                #!/bin/sh
                case "$KUBERNETES_EXEC_INFO" in *'"interactive":false'*) ;; *) exit 1 ;; esac
                echo "a warning" >&2
                printf '{"kind":"ExecCredential","apiVersion":"%s","status":{"token":"%s-%s"}}' \
                  client.authentication.k8s.io/v1 "$1" "$SUFFIX"
                """
            try Data(script.utf8).write(to: URL(filePath: folder + "/plugin"))
            try #require(chmod(folder + "/plugin", 0o700) == 0)
            let exec = """
                apiVersion: client.authentication.k8s.io/v1, command: ./plugin, args: [token], interactiveMode: Never,
                env: [{name: SUFFIX, value: x}]
                """
            let config = KubeConfigFixture.config(user: "exec: {\(exec)}")
            try Data(config.utf8).write(to: URL(filePath: folder + "/config"))
            let access = try KubeConfig.load(paths: folder + "/config", environment: ["PATH": "/usr/bin:/bin"])
            #expect(try await KubeConfigFixture.headers(access) == ["Authorization: Bearer token-x"])
        }
    }
}
