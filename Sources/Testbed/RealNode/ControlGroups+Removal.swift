import Foundation
import Glibc

extension ControlGroups {
    /// Ends every process in a group and the groups below it. Returns when none is left: whatever they start meanwhile
    /// is in the same group and is ended too.
    ///
    /// - Throws: `TestbedError` `.deadline` if one does not end in time; `CancellationError`.
    func endProcesses(in group: String) async throws {
        let ended: Void? = try await Patience(bound: .seconds(20), pause: .milliseconds(10)).value {
            let members = self.members(of: group)
            for member in members {
                _ = kill(member, SIGKILL)  // fails only for one that has just ended
            }
            return members.isEmpty ? () : nil
        }
        guard ended != nil else {
            throw TestbedError(.deadline, "processes in the control group \(group) do not end: \(members(of: group))")
        }
    }

    /// Ends every process in a group, then removes it and the groups below it.
    ///
    /// - Throws: as `endProcesses(in:)`; `TestbedError` `.file` if the kernel keeps a group.
    func remove(_ group: String) async throws {
        try await endProcesses(in: group)
        // For a moment after the end of its last process a group is still busy.
        let isGone = await Patience(bound: .seconds(5), pause: .milliseconds(10)).waits {
            paths(of: group).flatMap(Self.subtree).reversed().allSatisfy { rmdir($0) == 0 || errno == ENOENT }
        }
        guard isGone else { throw TestbedError(.file, "cannot remove the control group \(group)") }
    }

    /// The processes in a group and below it, as the first-named hierarchies know them.
    private func members(of group: String) -> Set<pid_t> {
        var members: Set<pid_t> = []
        for path in paths(of: group).flatMap(Self.subtree) {
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
