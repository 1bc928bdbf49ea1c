import Foundation
import Testing

@testable import Testbed

@Suite("The clean-up after a crash", .timeLimit(.minutes(1)))
struct CleanupTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/cleanup-\(UUID().uuidString)"

    /// A ledger as a harness leaves it that has been killed.
    private func abandon(_ entries: [LedgerEntry]) throws -> String {
        let directory = "\(folder)/abandoned"
        try TextFile.makeDirectory(directory)
        let owner = LedgerEntry.owner(ProcessIdentity(id: 1, startTime: 1))
        try TextFile.write(([owner] + entries).map { "\($0.line)\n" }.joined(), to: "\(directory)/ledger")
        return directory
    }

    @Test("ends the processes of a run whose harness has gone, and removes its directory")
    func abandonedRun() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let process = try await Subprocess.start(Command("/bin/sleep", ["600"]), log: "/dev/null")
        let identity = try #require(ProcessIdentity(running: process.processID))
        let directory = try abandon([.process(identity, name: "sleep"), .link("no-such-link")])
        #expect(await Cleanup(folder: folder).removeAbandonedRuns())
        #expect(try await process.waitForExit() == .signalled(number: 9))
        #expect(!FileManager.default.hasEntry(atPath: directory))
    }

    @Test("spares a process that only has the id of one of the run's")
    func strangerWithTheID() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let process = try await Subprocess.start(Command("/bin/sleep", ["600"]), log: "/dev/null")
        let identity = try #require(ProcessIdentity(running: process.processID))
        _ = try abandon([.process(ProcessIdentity(id: identity.id, startTime: identity.startTime - 1), name: "sleep")])
        #expect(await Cleanup(folder: folder).removeAbandonedRuns())
        #expect(process.exitStatus == nil)
        await process.kill()
    }

    @Test("leaves a run alone whose harness goes on")
    func runThatGoesOn() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let run = try RunDirectory(listedIn: folder)
        #expect(await Cleanup(folder: folder).removeAbandonedRuns())
        #expect(FileManager.default.hasEntry(atPath: run.path))
    }

    @Test("finds a run whose directory is elsewhere")
    func directoryElsewhere() async throws {
        let elsewhere = folder + "-elsewhere"
        defer { for path in [folder, elsewhere] { try? FileManager.default.removeItem(atPath: path) } }
        let run = try RunDirectory(at: elsewhere, listedIn: folder)
        try TextFile.write("owner 1 1\n", to: "\(run.path)/ledger")
        #expect(await Cleanup(folder: folder).removeAbandonedRuns())
        #expect(!FileManager.default.hasEntry(atPath: elsewhere))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }

    @Test("never owns a directory that holds something already")
    func directoryInUse() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try TextFile.makeDirectory("\(folder)/mine/letters")
        #expect(throws: TestbedError.self) { try RunDirectory(at: "\(folder)/mine", listedIn: "\(folder)/runs") }
    }
}
