import Foundation
import Glibc

extension ControlGroups {
    /// Ends every process in a group and the groups below it. Returns when none is left: whatever they start meanwhile
    /// is in the same group and is ended too.
    ///
    /// - Throws: `TestbedError` `.deadline` if one does not end in time; `CancellationError`.
    func endProcesses(in group: String) async throws {
        let directories = paths(of: group)
        let ended: Void? = try await Patience(bound: .seconds(20), pause: .milliseconds(10)).value {
            Self.killMembers(of: directories) ? () : nil
        }
        guard ended != nil else { throw Self.stillBusy(directories) }
    }

    /// Ends every process in a group, then removes it and the groups below it.
    ///
    /// - Throws: as `remove(directories:)`.
    func remove(_ group: String) async throws {
        try await Self.remove(directories: paths(of: group))
    }

    /// Ends every process in groups, named by their directories, then removes them and the groups below them. Those
    /// that are not there count as removed.
    ///
    /// - Throws: `TestbedError` `.deadline` if a process does not end in time, `.file` if the kernel keeps a group;
    ///   `CancellationError`.
    static func remove(directories: [String]) async throws {
        // Again and again, because for a moment after the end of its last process a group is still busy.
        let gone: Void? = try await Patience(bound: .seconds(20), pause: .milliseconds(10)).value {
            guard killMembers(of: directories) else { return nil }
            let isGone = directories.flatMap(subtree).reversed().allSatisfy { rmdir($0) == 0 || errno == ENOENT }
            return isGone ? () : nil
        }
        guard gone != nil else { throw stillBusy(directories) }
    }

    /// Kills what is in the groups.
    ///
    /// - Returns: whether nothing was.
    private static func killMembers(of directories: [String]) -> Bool {
        let members = members(of: directories)
        for member in members {
            _ = kill(member, SIGKILL)  // fails only for one that has just ended
        }
        return members.isEmpty
    }

    private static func stillBusy(_ directories: [String]) -> TestbedError {
        let (members, places) = (members(of: directories), directories.joined(separator: ", "))
        return members.isEmpty
            ? TestbedError(.file, "cannot remove the control group \(places)")
            : TestbedError(.deadline, "processes in the control group \(places) do not end: \(members.sorted())")
    }

    /// The processes in groups and below them.
    private static func members(of directories: [String]) -> Set<pid_t> {
        var members: Set<pid_t> = []
        for path in directories.flatMap(subtree) {
            // A group that goes meanwhile has no members.
            let text = (try? TextFile.read("\(path)/cgroup.procs")) ?? ""
            members.formUnion(text.split(separator: "\n").compactMap { pid_t($0) })
        }
        return members.subtracting([0])  // processes of a namespace that cannot be seen from here
    }

    /// The directory of a group and those of the groups in it, each before what is in it.
    private static func subtree(_ path: String) -> [String] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        // A group that goes meanwhile holds no others.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let groups = names.map { "\(path)/\($0)" }
            .filter { FileManager.default.fileExists(atPath: "\($0)/cgroup.procs") }
        return [path] + groups.flatMap(subtree)
    }
}
