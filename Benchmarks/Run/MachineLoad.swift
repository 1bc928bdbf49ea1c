import Foundation

/// How busy the machine is, and what it is.
enum MachineLoad {
    /// The 1-minute load average; 0 where /proc does not tell.
    static func oneMinute() -> Double {
        FileManager.default.contents(atPath: "/proc/loadavg")
            .flatMap { String(decoding: $0, as: UTF8.self).split(separator: " ").first.flatMap { Double($0) } } ?? 0
    }
}
