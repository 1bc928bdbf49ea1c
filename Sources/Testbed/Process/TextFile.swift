import Foundation

/// Files of a run, read and written whole.
enum TextFile {
    /// Writes a file that only its owner may read.
    static func write(_ text: String, to path: String) throws(TestbedError) {
        try write(Array(text.utf8), to: path)
    }

    /// Writes a file that only its owner may read.
    static func write(_ bytes: [UInt8], to path: String) throws(TestbedError) {
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        guard FileManager.default.createFile(atPath: path, contents: Data(bytes), attributes: attributes) else {
            throw TestbedError(.file, "cannot write \(path)", underlying: SystemError())
        }
    }

    /// The text of a file; bytes that are not UTF-8 are replaced.
    ///
    /// Read to its end by a handle: of a file without a length, such as those of /proc, `FileManager` and `Data` of Swift
    /// 6.3 give the first 4 KiB.
    static func read(_ path: String) throws(TestbedError) -> String {
        do {
            let data = try FileHandle(forReadingFrom: URL(fileURLWithPath: path)).readToEnd() ?? Data()
            return String(decoding: data, as: UTF8.self)
        } catch {
            throw TestbedError(.file, "cannot read \(path)", underlying: error)
        }
    }

    /// The last lines of a log, for a message; empty if there is none.
    static func tail(of path: String, lines: Int) -> String {
        guard let data = FileManager.default.contents(atPath: path) else { return "" }
        let text = String(decoding: data.suffix(16 * 1024), as: UTF8.self)
        return text.split(separator: "\n").suffix(lines).joined(separator: "\n")
    }

    /// Makes a directory, and those above it, that only its owner may enter.
    static func makeDirectory(_ path: String) throws(TestbedError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw TestbedError(.file, "cannot make the directory \(path)", underlying: error)
        }
    }
}
