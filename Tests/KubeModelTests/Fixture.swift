import Foundation
import Testing

/// The files under `Fixtures`.
enum Fixture {
    /// A running pod as an API server sends it, with managedFields, escapes and fields of a later release.
    static func pod() throws -> [UInt8] {
        try bytes("pod")
    }

    private static func bytes(_ name: String) throws -> [UInt8] {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
        return Array(try Data(contentsOf: url))
    }
}
