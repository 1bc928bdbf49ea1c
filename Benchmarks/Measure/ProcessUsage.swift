import Foundation
import Glibc

/// What a process has used so far, as /proc tells it.
struct ProcessUsage: Sendable, Equatable {
    /// User and system time.
    let cpuSeconds: Double
    /// The most memory that was ever resident (VmHWM).
    let peakBytes: Int64
    /// The memory that is resident now (VmRSS).
    let residentBytes: Int64
    let threads: Int

    /// - Throws: `BenchmarkError` if the process is gone.
    init(processID: Int32) throws {
        let folder = "/proc/\(processID)"
        guard let stat = Self.text("\(folder)/stat"), let status = Self.text("\(folder)/status"),
            let ticks = Self.ticks(stat: stat), let peak = Self.number("VmHWM", status: status),
            let resident = Self.number("VmRSS", status: status), let threads = Self.number("Threads", status: status)
        else { throw BenchmarkError("process \(processID) is gone") }
        cpuSeconds = Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
        peakBytes = peak * 1024
        residentBytes = resident * 1024
        self.threads = Int(threads)
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The sum of utime and stime, fields 14 and 15 of proc(5), counted from behind the command's name.
    static func ticks(stat: String) -> Int? {
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { return nil }
        return user + system
    }

    /// A field of proc(5)'s status; sizes are in KiB.
    static func number(_ field: String, status: String) -> Int64? {
        status.split(separator: "\n").first { $0.hasPrefix("\(field):") }
            .flatMap { $0.split(whereSeparator: \.isWhitespace).dropFirst().first }
            .flatMap { Int64($0) }
    }
}
