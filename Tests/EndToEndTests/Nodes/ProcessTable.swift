import Foundation
import Glibc

/// The processes of this machine.
enum ProcessTable {
    /// The ids of the processes whose parent this is.
    static func children(of parent: Int32) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter { id in
            field(4, of: id).flatMap { Int32($0) } == parent
        }
    }

    /// How many pages the children of a process have touched that it had and that have ended ("cminflt"): each program
    /// that was ever run leaves some, however short it ran.
    static func pagesOfEndedChildren(of process: Int32) -> Int? { field(11, of: process).flatMap { Int($0) } }

    /// The memory of a process that is resident; nil if there is no such process.
    static func residentBytes(of process: Int32) -> Int? {
        // Field 24 is a number of pages.
        field(24, of: process).flatMap { Int($0) }.map { $0 * Int(getpagesize()) }
    }

    /// The TCP ports on which a process listens over IPv4.
    static func listeningPorts(of process: Int32) throws -> Set<Int> {
        let folder = "/proc/\(process)/fd"
        let links = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
            // One that is closed meanwhile has no such link.
            try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
        }
        // Its fields: number, own and other address, state, queues, timer, retransmissions, user, time-outs, inode, ….
        let table = try text("/proc/\(process)/net/tcp")
        let ports = table.split(separator: "\n").dropFirst().compactMap { line -> Int? in
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == "0A", links.contains("socket:[\(fields[9])]") else { return nil }
            return fields[1].split(separator: ":").last.flatMap { Int($0, radix: 16) }
        }
        return Set(ports)
    }

    /// The text of a file of /proc. `String(contentsOfFile:)` gives the first 4 KiB of one, since it has no length.
    static func text(_ path: String) throws -> String {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    }

    /// A field of proc(5) "stat", counted from 1 as there; from the third on.
    private static func field(_ number: Int, of process: Int32) -> Substring? {
        // A process that ends meanwhile has no such file.
        guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let nameEnd = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: nameEnd)...].split(separator: " ")
        return fields.indices.contains(number - 3) ? fields[number - 3] : nil
    }
}
