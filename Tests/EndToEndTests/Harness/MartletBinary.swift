import Foundation
import Testbed

/// Where the program under test is.
enum MartletBinary {
    /// The program beside the tests' own, or `MARTLET_BINARY`.
    ///
    /// - Throws: `TestbedError` `.toolMissing`.
    static func path() throws -> String {
        if let path = ProcessInfo.processInfo.environment["MARTLET_BINARY"], !path.isEmpty { return path }
        return try beside("martlet")
    }

    /// The path of another product of the same build.
    ///
    /// - Throws: `TestbedError` `.toolMissing`.
    static func beside(_ product: String) throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent(product).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw TestbedError(.toolMissing, "there is no \(product) at \(path); 'swift build' makes it")
        }
        return path
    }
}
