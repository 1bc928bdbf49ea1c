/// What `kubectl proxy` says when it listens.
package enum KubectlProxy {
    /// - Parameter words: all that it has said so far; warnings may come before.
    /// - Returns: nil as long as it has not said its port.
    package static func port(in words: String) -> UInt16? {
        // What follows the last line's end is not whole yet.
        let lines = words.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        let line = lines.first { $0.hasPrefix("Starting to serve on ") }
        return line?.split(separator: ":").last.flatMap { UInt16($0) }
    }
}
