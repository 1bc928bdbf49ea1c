internal import KubeClient

/// Reads files that people write.
enum TextFile {
    /// More than any configuration is long.
    private static let limit = 4 << 20

    /// The text of a file, which must be UTF-8.
    ///
    /// - Throws: ``TextFileError`` in words for the person who named the file.
    static func read(_ path: String) throws -> String {
        let bytes: [UInt8]
        do {
            bytes = try LocalFiles().read(path, limit: limit)
        } catch {
            throw TextFileError(description: error.reason)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw TextFileError(description: "it is not UTF-8 text")
        }
        return text
    }
}

/// Why a file cannot be read.
struct TextFileError: Error, Equatable, CustomStringConvertible {
    let description: String
}
