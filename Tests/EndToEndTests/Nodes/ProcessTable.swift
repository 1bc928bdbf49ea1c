import Foundation

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
