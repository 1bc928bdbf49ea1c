import Foundation
import Testbed
import Testing

/// What `make clean` is for. The bound of time counts from before the wait for other fleets to end.
struct CrashTests {
    @Test("After a harness was killed, clean removes all of its run and nothing of another", .timeLimit(.minutes(40)))
    func crash() async throws {
        try await FleetGate.shared.withPass(passes: 2, lasting: .seconds(40)) {
            let folder = FileManager.default.temporaryDirectory.path + "/crash-\(UUID().uuidString.prefix(8))"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            async let first = Result.of { try await StandaloneBed.start("crashed", in: folder) }
            async let second = Result.of { try await StandaloneBed.start("other", in: folder) }
            let beds = await [first, second]
            do {
                try await crash(try beds[0].get(), beside: try beds[1].get())
            } catch {
                for case .success(let bed) in beds { await bed.process.stop(grace: .seconds(60)) }
                throw error
            }
            try FileManager.default.removeItem(atPath: folder)
        }
    }

    private func crash(_ crashed: StandaloneBed, beside other: StandaloneBed) async throws {
        try await crashed.runContainer()
        try await other.runContainer()
        let (run, otherRun) = (try crashed.footprint(), try other.footprint())
        let others = otherRun.lasting()
        for kind in ["owner", "process", "link", "control-group", "contained", "process with mounts", "files"] {
            #expect(run.present().contains { $0.hasPrefix("\(kind) ") }, "\(kind)")
            #expect(otherRun.present().contains { $0.hasPrefix("\(kind) ") }, "\(kind)")
        }

        await crashed.process.kill()
        // What the kernel does not end with the harness: containers, their groups and links, the files.
        let left = run.present()
        for kind in ["link", "control-group", "contained", "files"] {
            #expect(left.contains { $0.hasPrefix("\(kind) ") }, "\(kind)")
        }
        try await clean()
        #expect(run.present() == [])

        #expect(otherRun.lasting() == others)
        let pod = try await other.kubectl("get", "pod", "sleeper", "--no-headers")
        #expect(pod.split(whereSeparator: \.isWhitespace)[1...3] == ["1/1", "Running", "0"], "\(pod)")
        try await clean()
        #expect(otherRun.lasting() == others)
        #expect(await stop(other) == .exited(code: 0))
        #expect(otherRun.present() == [])
    }

    /// Runs what `make clean` runs before it removes the build's output.
    private func clean() async throws {
        let command = Command(try MartletBinary.beside("martlet-testbed"), ["clean"])
        let scratch = FileManager.default.temporaryDirectory.path
        try await Subprocess.run(command, deadline: .seconds(120), scratch: scratch).checked()
    }

    private func stop(_ bed: StandaloneBed) async -> TerminationStatus? {
        await bed.process.stop(grace: .seconds(60))
        return bed.process.exitStatus
    }
}

extension Result where Failure == any Error {
    /// What became of a piece of work.
    fileprivate static func of(_ work: () async throws -> Success) async -> Result {
        do {
            return .success(try await work())
        } catch {
            return .failure(error)
        }
    }
}
