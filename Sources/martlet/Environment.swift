internal import KubeClient

/// The environment that the process was started with.
enum Environment {
    /// Reads it from the kernel; later changes by the process itself, of which there are none, are not in it.
    static func current() -> [String: String] {
        // Without /proc there is no environment to speak of, and the flags still work.
        guard let bytes = try? LocalFiles().read("/proc/self/environ", limit: 16 << 20) else { return [:] }
        return parse(bytes)
    }

    /// Reads entries `NAME=value`, each ended by a zero byte. Of a name that stands twice the first counts, as for
    /// `getenv`.
    static func parse(_ bytes: [UInt8]) -> [String: String] {
        let pairs = bytes.split(separator: 0).compactMap { entry -> (String, String)? in
            guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            return (
                String(decoding: entry[..<equals], as: UTF8.self),
                String(decoding: entry[entry.index(after: equals)...], as: UTF8.self)
            )
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
