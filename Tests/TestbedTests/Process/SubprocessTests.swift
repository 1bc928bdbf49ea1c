import Foundation
import Glibc
import Testing

@testable import Testbed

@Suite("A program of the testbed", .timeLimit(.minutes(1)))
struct SubprocessTests {
    private let scratch = FileManager.default.temporaryDirectory.path

    private func shell(
        _ script: String,
        input: String? = nil,
        deadline: Duration = .seconds(20)
    ) async throws -> CommandResult {
        try await Subprocess.run(
            Command("/bin/sh", ["-c", script]),
            input: input,
            deadline: deadline,
            scratch: scratch
        )
    }

    @Test("returns what it wrote and how it ended")
    func capture() async throws {
        let result = try await shell("cat; echo oops >&2; exit 3", input: "hello")
        #expect(result.output == "hello")
        #expect(result.errorOutput == "oops\n")
        #expect(result.status == .exited(code: 3))
        #expect(throws: TestbedError.self) { try result.checked() }
    }

    @Test("is killed at its deadline")
    func deadline() async throws {
        await #expect { _ = try await shell("sleep 600", deadline: .milliseconds(100)) } throws: { error in
            (error as? TestbedError)?.code == .deadline
        }
    }

    @Test("gets no descriptor but the standard ones, and no signal ignored")
    func surroundings() async throws {
        _ = signal(SIGPIPE, SIG_IGN)
        let result = try await shell("ls /proc/self/fd | wc -l; grep SigIgn /proc/self/status")
        // The fourth is that with which `ls` reads the directory.
        #expect(result.output.hasPrefix("4\n"))
        let ignored = try #require(
            result.output.split(whereSeparator: \.isWhitespace).last.flatMap { UInt64($0, radix: 16) }
        )
        // From 32 on they are the C library's own.
        #expect(ignored & 0x7fff_ffff == 0)
    }

    @Test("that does not exist is an error that says so")
    func missing() async throws {
        await #expect { _ = try await Subprocess.start(Command("/no/such/program"), log: "/dev/null") } throws: {
            error in
            "\(error)".contains("/no/such/program: No such file or directory")
        }
    }

    @Test(
        "is asked first when it is stopped, and killed when it does not listen",
        arguments: [
            ("trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done", TerminationStatus.exited(code: 7)),
            ("trap '' TERM; echo up; while :; do sleep 0.01; done", .signalled(number: 9)),
        ]
    )
    func stop(script: String, status: TerminationStatus) async throws {
        let log = "\(scratch)/stop-\(UUID().uuidString).log"
        defer { try? FileManager.default.removeItem(atPath: log) }
        let process = try await Subprocess.start(Command("/bin/sh", ["-c", script]), log: log)
        // The trap is set once the shell has spoken.
        let isUp = await Patience(bound: .seconds(20), pause: .milliseconds(5)).waits {
            TextFile.tail(of: log, lines: 1) == "up"
        }
        #expect(isUp)
        await process.stop(grace: status.isKill ? .milliseconds(50) : .seconds(20))
        #expect(process.exitStatus == status)
    }

    @Test("ends when the harness is killed")
    func harnessKilled() async throws {
        // The exit test's process is the harness here: it starts a program, tells its id and is killed.
        let file = "\(scratch)/child-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        await #expect(processExitsWith: .signal(9)) { [file = file as String] in
            let process = try await Subprocess.start(Command("/bin/sleep", ["600"]), log: "/dev/null")
            try TextFile.write("\(process.processID)", to: file)
            kill(getpid(), SIGKILL)
            _ = try await process.waitForExit()
        }
        let id = try #require(Int32(try TextFile.read(file)))
        let hasGone = await Patience(bound: .seconds(10), pause: .milliseconds(5)).waits {
            ProcessIdentity(running: id)?.isAlive != true
        }
        #expect(hasGone)
    }
}

extension TerminationStatus {
    fileprivate var isKill: Bool {
        if case .signalled = self { true } else { false }
    }
}
