internal import FoundationEssentials
internal import Glibc

/// What tells this process from every other.
enum ProcessName {
    /// The machine's name, for people, and what no other process has.
    static func unique() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        let isKnown = gethostname(&buffer, buffer.count - 1) == 0
        let host =
            isKnown ? String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
        return "\(host)_\(UUID().uuidString.lowercased())"
    }
}
