import Foundation
import Testbed

/// What a run of the testbed has made on this machine: as its ledger says, and as the machine itself shows.
struct Footprint {
    private let directory: String
    private let entries: [LedgerEntry]
    /// The control group of all of the run's real nodes, as processes tell it of themselves.
    private let group: String

    init(ofRunIn directory: String) throws {
        self.directory = directory
        let ledger = try String(contentsOfFile: "\(directory)/ledger", encoding: .utf8)
        entries = ledger.split(separator: "\n").compactMap { LedgerEntry(line: $0) }
        let groups = entries.compactMap { if case .controlGroup(let path) = $0 { path } else { nil } }
        guard let group = groups.first?.split(separator: "/").last else {
            throw TestbedError(.plan, "the ledger in \(directory) names no control group")
        }
        self.group = "/\(group)/"
    }

    /// What of it is there now, one line each, and stays there as long as nobody touches the run.
    func lasting() -> Set<String> {
        let files = FileManager.default.fileExists(atPath: directory) ? ["files \(directory)"] : []
        return Set(entries.filter(Self.isPresent).map(\.line) + files)
    }

    /// Everything of it that is there now; its programs and containers start others, which end at any time.
    func present() -> Set<String> {
        let contained = Self.processes { try Self.file("\($0)/cgroup").contains(group) }
            .map { "contained process \($0)" }
        let mounting = Self.processes { try Self.file("\($0)/mountinfo").contains(directory) }
            .map { "process with mounts \($0)" }
        return lasting().union(contained + mounting)
    }

    private static func isPresent(_ entry: LedgerEntry) -> Bool {
        switch entry {
        case .owner(let process), .process(let process, _): isAlive(process)
        case .link(let name): FileManager.default.fileExists(atPath: "/sys/class/net/\(name)")
        case .networkNamespace(let name): FileManager.default.fileExists(atPath: "/run/netns/\(name)")
        case .controlGroup(let path): FileManager.default.fileExists(atPath: path)
        case .mounts(let path): (try? file("self/mountinfo").contains(path)) ?? true
        }
    }

    /// One that nobody has collected has ended all the same.
    private static func isAlive(_ process: ProcessIdentity) -> Bool {
        process.isRunning && !isZombie(process.id)
    }

    private static func isZombie(_ id: Int32) -> Bool {
        // One that has gone meanwhile is none.
        (try? file("\(id)/status").contains("\nState:\tZ")) ?? false
    }

    /// The ids of processes of which something is true; those that end meanwhile, or have ended, are left out.
    private static func processes(where holds: (Int32) throws -> Bool) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { ((try? holds($0)) ?? false) && !isZombie($0) }
    }

    private static func file(_ name: String) throws -> String {
        try ProcessTable.text("/proc/\(name)")
    }
}
