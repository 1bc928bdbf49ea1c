import Foundation
import Glibc

/// Who uses the machine: the CPU time of some processes, and of all there are.
struct CPUMeter: Sendable {
    /// The name under which ``read()`` tells what all processes of the machine have used together.
    static let machine = "all of the machine"

    /// By the names under which they are told, in that order.
    let processes: [(name: String, id: Int32)]

    var names: [String] { processes.map(\.name) + [Self.machine] }

    /// The seconds of CPU that each has used so far.
    ///
    /// - Throws: `BenchmarkError` if a process is gone.
    func read() throws -> [String: Double] {
        var seconds: [String: Double] = [:]
        for (name, id) in processes { seconds[name] = try ProcessUsage(processID: id).cpuSeconds }
        guard let stat = FileManager.default.contents(atPath: "/proc/stat"),
            let ticks = Self.busyTicks(stat: String(decoding: stat, as: UTF8.self))
        else { throw BenchmarkError("/proc/stat cannot be read; is /proc mounted?") }
        seconds[Self.machine] = Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
        return seconds
    }

    /// The time of all processors that was neither idle nor spent waiting for a disk, from the first line of
    /// proc(5)'s stat.
    static func busyTicks(stat: String) -> Int? {
        guard let line = stat.split(separator: "\n").first, line.hasPrefix("cpu ") else { return nil }
        let fields = line.split(separator: " ").dropFirst().prefix(8).map { Int($0) }
        guard fields.count == 8 else { return nil }
        return fields.enumerated().reduce(Int?.some(0)) { sum, field in
            guard let sum, let ticks = field.element else { return nil }
            return [3, 4].contains(field.offset) ? sum : sum + ticks
        }
    }
}
