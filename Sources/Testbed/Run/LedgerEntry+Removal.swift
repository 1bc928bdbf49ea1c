import Foundation
import Glibc

extension LedgerEntry {
    /// Removes the thing; nothing happens if it has gone already.
    ///
    /// - Throws: `TestbedError` for what stays; `CancellationError`.
    func remove() async throws {
        switch self {
        case .owner: break
        case .process(let process, _): try await Self.end([process])
        case .networkNamespace(let name): try await Self.removeNamespace(name)
        case .link(let name): try await Self.removeLink(name)
        case .mounts(let path): try Self.unmount(under: path)
        case .controlGroup(let path): try await ControlGroups.remove(directories: [path])
        }
    }
}

// MARK: - Processes

extension LedgerEntry {
    /// Kills processes and waits until they have gone. They are not children of this process, so there is nothing but
    /// to look again.
    private static func end(_ processes: [ProcessIdentity]) async throws(TestbedError) {
        for process in processes where process.isRunning {
            _ = kill(process.id, SIGKILL)  // fails only if it has just ended
        }
        let goes = await Patience(bound: .seconds(10), pause: .milliseconds(20)).waits {
            !processes.contains(where: \.isAlive)
        }
        guard goes else { throw TestbedError(.deadline, "processes do not end after SIGKILL") }
    }
}

extension ProcessIdentity {
    /// True while the process runs; a zombie, which only its parent can remove, counts as ended.
    var isAlive: Bool {
        guard isRunning else { return false }
        guard let stat = try? TextFile.read("/proc/\(id)/stat"), let nameEnd = stat.lastIndex(of: ")") else {
            return false  // it ended between the two looks
        }
        return !stat[stat.index(after: nameEnd)...].hasPrefix(" Z")
    }
}

// MARK: - Namespaces, links, mounts

extension LedgerEntry {
    private static let namespaces = "/run/netns"

    private static func removeNamespace(_ name: String) async throws(TestbedError) {
        guard FileManager.default.hasEntry(atPath: "\(namespaces)/\(name)") else { return }
        let members = try await ip(["netns", "pids", name])
        try await end(
            members.split(separator: "\n").compactMap { Int32($0) }.compactMap { ProcessIdentity(running: $0) }
        )
        _ = try await ip(["netns", "delete", name])
    }

    private static func removeLink(_ name: String) async throws(TestbedError) {
        let path = "/sys/class/net/\(name)"
        guard FileManager.default.hasEntry(atPath: path) else { return }
        do throws(TestbedError) {
            _ = try await ip(["link", "delete", name])
        } catch  where !FileManager.default.hasEntry(atPath: path) {
            // A cable goes by itself, at a time of the kernel's choosing, when the namespace of its other end does.
        }
    }

    private static func ip(_ arguments: [String]) async throws(TestbedError) -> String {
        let scratch = FileManager.default.temporaryDirectory.path
        let command = Command(try Toolbox.find("ip", inFolders: Toolbox.systemFolders), arguments)
        do {
            return try await Subprocess.run(command, deadline: .seconds(20), scratch: scratch).checked().output
        } catch let error as TestbedError {
            throw error
        } catch {
            throw TestbedError(.commandFailed, "'ip' was interrupted", underlying: error)
        }
    }

    /// Unmounts everything at or below a path, the last mounted first; lazily, so that a file still open is no obstacle.
    private static func unmount(under path: String) throws(TestbedError) {
        for point in mountPoints(inTable: try TextFile.read("/proc/self/mountinfo"), under: path).reversed() {
            guard umount2(point, detach) == 0 || errno == EINVAL else {
                throw TestbedError(.file, "cannot unmount \(point)", underlying: SystemError())
            }
        }
    }

    /// The mount points at or below a path, in the order of the table; field 5 of proc(5), "mountinfo", in which a
    /// space is written `\040`.
    static func mountPoints(inTable table: String, under path: String) -> [String] {
        table.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 4 else { return nil }
            let point = fields[4].replacingOccurrences(of: "\\040", with: " ")
            return point == path || point.hasPrefix(path + "/") ? point : nil
        }
    }

    /// `MNT_DETACH` of umount2(2), which Swift's Glibc module offers as another type.
    private static let detach: Int32 = 2
}
