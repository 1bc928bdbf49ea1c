import Foundation
import Glibc

/// The control groups of real nodes: one for each run at the root of each hierarchy, in it one for each node, and in
/// that one for the node's own programs beside those that its kubelet makes for pods.
struct ControlGroups: Sendable, Hashable {
    /// The two forms that the kernel offers: a hierarchy for each controller, or one for all.
    enum Version: Sendable, Hashable {
        case v1
        case v2
    }

    let version: Version
    /// Where each hierarchy is mounted.
    let hierarchies: [String]

    /// Reads how the machine is set up from the mount table.
    ///
    /// - Throws: `TestbedError` `.plan` if there are no control groups.
    static func ofMachine() throws(TestbedError) -> ControlGroups {
        guard let groups = ControlGroups(mountTable: try TextFile.read("/proc/self/mounts")) else {
            throw TestbedError(.plan, "no control groups are mounted at /sys/fs/cgroup, and real nodes need them")
        }
        return groups
    }

    /// A machine with both has its controllers in version 1, but runc makes groups in the hierarchy of version 2 as
    /// well.
    init?(mountTable: String) {
        let mounts = mountTable.split(separator: "\n").map { $0.split(separator: " ") }
        let groups = mounts.filter { $0.count > 2 && ($0[2] == "cgroup" || $0[2] == "cgroup2") }
        guard !groups.isEmpty else { return nil }
        version = groups.contains { $0[2] == "cgroup" } ? .v1 : .v2
        hierarchies = groups.map { String($0[1]) }
    }

    /// The group of a run.
    static func name(ofRun run: String) -> String { "martlet-\(run)" }

    /// The directories of a group.
    func paths(of group: String) -> [String] {
        hierarchies.map { "\($0)/\(group)" }
    }

    /// The group below a node's for the node's own programs. Version 2 allows processes in leaves only.
    static func programs(of node: String) -> String { "\(node)/programs" }

    /// What makes a program start in a group: it is put there before it becomes the program, so that nothing it
    /// starts is ever elsewhere.
    func entering(_ group: String, _ command: Command) -> Command {
        let files = paths(of: group).map { "'\($0)/cgroup.procs'" }.joined(separator: " ")
        let script = "for file in \(files); do echo $$ >\"$file\" || exit 126; done; exec \"$@\""
        return Command(
            "/bin/sh",
            ["-c", script, command.name, command.executable] + command.arguments,
            environment: command.environment,
            directory: command.directory
        )
    }
}

// MARK: - Making

extension ControlGroups {
    /// Makes a group and those above it, ready to hold others. Nothing happens to those that are there.
    ///
    /// - Throws: `TestbedError` `.file`, for a caller who is not root or in a container that may not do this.
    func make(_ group: String) throws(TestbedError) {
        for hierarchy in hierarchies {
            var parent = hierarchy
            for component in group.split(separator: "/") {
                if version == .v2 { try Self.delegateControllers(of: parent) }
                let child = "\(parent)/\(component)"
                guard mkdir(child, 0o755) == 0 || errno == EEXIST else {
                    throw TestbedError(.file, "cannot make the control group \(child)", underlying: SystemError())
                }
                if version == .v1 { try Self.inheritProcessors(from: parent, to: child) }
                parent = child
            }
        }
    }

    /// Version 1: a new group of the hierarchy `cpuset` has no processor and no memory node, and takes no process
    /// before it has.
    private static func inheritProcessors(from parent: String, to child: String) throws(TestbedError) {
        for file in ["cpuset.cpus", "cpuset.mems"] where access("\(child)/\(file)", F_OK) == 0 {
            let own = try TextFile.read("\(child)/\(file)")
            guard own.allSatisfy(\.isWhitespace) else { continue }
            try write(TextFile.read("\(parent)/\(file)"), to: "\(child)/\(file)")
        }
    }

    /// Version 2: a group can limit what its parent has handed down.
    private static func delegateControllers(of group: String) throws(TestbedError) {
        let wanted: Set<Substring> = ["cpu", "cpuset", "memory", "pids", "io", "hugetlb"]
        let present = try TextFile.read("\(group)/cgroup.controllers").split(whereSeparator: \.isWhitespace)
        for controller in present where wanted.contains(controller) {
            try write("+\(controller)", to: "\(group)/cgroup.subtree_control")
        }
    }

    /// Files of the kernel take one write, at once, and never a new file in their place.
    private static func write(_ text: String, to path: String) throws(TestbedError) {
        let file = try FileDescriptor(path: path, flags: O_WRONLY)
        let bytes = Array(text.utf8)
        guard Glibc.write(file.number, bytes, bytes.count) == bytes.count else {
            throw TestbedError(.file, "cannot write '\(text)' to \(path)", underlying: SystemError())
        }
    }
}
