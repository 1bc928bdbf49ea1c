import Synchronization

@testable import KubeClient

/// Files that tests write; each write is another content, also when the bytes are the same.
final class InMemoryFiles: FileReading {
    private struct File {
        var bytes: [UInt8]
        var version: Int64
    }

    private let state = Mutex<(files: [String: File], version: Int64, reads: Int)>(([:], 0, 0))

    init(_ files: [String: String] = [:]) {
        for (path, text) in files { write(text, to: path) }
    }

    func write(_ text: String, to path: String) {
        write(bytes: Array(text.utf8), to: path)
    }

    func write(bytes: [UInt8], to path: String) {
        state.withLock { state in
            state.version += 1
            state.files[path] = File(bytes: bytes, version: state.version)
        }
    }

    func remove(_ path: String) {
        state.withLock { $0.files[path] = nil }
    }

    /// How often files have been read.
    var reads: Int { state.withLock { $0.reads } }

    func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
        let file = state.withLock { state in
            state.reads += 1
            return state.files[path]
        }
        guard let file else { throw Self.absent(path) }
        guard file.bytes.count <= limit else { throw FileError(code: .tooLarge, path: path, reason: "too long") }
        return file.bytes
    }

    func stamp(of path: String) throws(FileError) -> FileStamp {
        guard let file = state.withLock({ $0.files[path] }) else { throw Self.absent(path) }
        return FileStamp(inode: 1, size: Int64(file.bytes.count), modifiedNanoseconds: file.version)
    }

    private static func absent(_ path: String) -> FileError {
        FileError(code: .notFound, path: path, reason: "there is no such file")
    }
}
