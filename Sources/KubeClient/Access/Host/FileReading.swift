/// The file system as the access to clusters sees it. Calls block, for the time that a local file takes.
package protocol FileReading: Sendable {
    /// The contents of a file, which may be a pipe. Fails if there are more than `limit` bytes.
    func read(_ path: String, limit: Int) throws(FileError) -> [UInt8]

    /// What tells whether the file has changed, links followed: mounted Secrets change by a new link.
    func stamp(of path: String) throws(FileError) -> FileStamp
}

/// The state of a file at some time: another stamp is another content.
package struct FileStamp: Sendable, Hashable {
    package var inode: UInt64
    package var size: Int64
    package var modifiedNanoseconds: Int64

    package init(inode: UInt64, size: Int64, modifiedNanoseconds: Int64) {
        self.inode = inode
        self.size = size
        self.modifiedNanoseconds = modifiedNanoseconds
    }
}

/// Why a file cannot be read.
package struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// There is no such file or no such folder.
        case notFound
        case tooLarge
        case unreadable
        case unwritable
    }

    package let code: Code
    package let path: String
    /// "no such file", "permission denied"
    package let reason: String

    package init(code: Code, path: String, reason: String) {
        self.code = code
        self.path = path
        self.reason = reason
    }

    package var description: String { "cannot \(code == .unwritable ? "write" : "read") \(path): \(reason)" }
}
