internal import FoundationEssentials

/// Reads files that people write.
enum TextFile {
    /// The text of a file, which must be UTF-8.
    ///
    /// - Throws: ``TextFileError`` in words for the person who named the file.
    static func read(_ path: String) throws -> String {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            let exists = FileManager.default.fileExists(atPath: path)
            throw TextFileError(description: exists ? "it is not a readable file" : "there is no such file")
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
