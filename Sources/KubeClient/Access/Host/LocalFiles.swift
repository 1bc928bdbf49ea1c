import Glibc

/// The files of this machine.
package struct LocalFiles: FileReading {
    package init() {}

    package func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(errno, path: path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while true {
            let chunk = try readChunk(descriptor, path: path)
            guard !chunk.isEmpty else { return bytes }
            bytes += chunk
            guard bytes.count <= limit else {
                throw FileError(code: .tooLarge, path: path, reason: "it is longer than \(limit) bytes")
            }
        }
    }

    /// The next bytes; none at the end.
    private func readChunk(_ descriptor: Int32, path: String) throws(FileError) -> [UInt8] {
        var failure: Int32 = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
            var result: Int
            repeat {
                result = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            } while result < 0 && errno == EINTR
            failure = result < 0 ? errno : 0
            count = max(result, 0)
        }
        guard failure == 0 else { throw FileError(failure, path: path) }
        return chunk
    }

    /// Puts a file that only its owner may read in the place of what there was, whole or not at all.
    ///
    /// - Throws: ``FileError`` `.unwritable`.
    package func replace(_ path: String, with bytes: [UInt8]) throws(FileError) {
        let draft = path + ".new"
        unlink(draft)  // Of one that did not come to its end; its mode is not to be trusted.
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError(writing: path) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { throw FileError(writing: path) }
            rest = rest.dropFirst(max(0, count))
        }
        guard fsync(descriptor) == 0, rename(draft, path) == 0 else { throw FileError(writing: path) }
    }

    /// The names of what is in a folder, sorted.
    package func names(in folder: String) throws(FileError) -> [String] {
        guard let stream = opendir(folder) else { throw FileError(errno, path: folder) }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            // Nothing tells the end from a failure but this.
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw FileError(errno, path: folder) }
                return names.sorted()
            }
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    package func stamp(of path: String) throws(FileError) -> FileStamp {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileError(errno, path: path) }
        return FileStamp(
            inode: UInt64(status.st_ino),
            size: Int64(status.st_size),
            modifiedNanoseconds: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        )
    }
}

extension FileError {
    fileprivate init(writing path: String) {
        self.init(code: .unwritable, path: path, reason: String(cString: strerror(errno)).lowercased())
    }

    fileprivate init(_ error: Int32, path: String) {
        let isAbsent = error == ENOENT || error == ENOTDIR
        self.init(
            code: isAbsent ? .notFound : .unreadable,
            path: path,
            reason: isAbsent ? "there is no such file" : String(cString: strerror(error)).lowercased()
        )
    }
}
