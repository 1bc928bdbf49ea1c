import CTransport

/// Bytes as OpenSSL reads and writes them. OpenSSL wipes what it wrote when this ends.
final class MemoryBIO {
    let raw: OpaquePointer

    /// Holds `bytes` to be read, or is empty to be written.
    init(reading bytes: [UInt8] = []) throws(X509Error) {
        ERR_clear_error()
        guard let raw = BIO_new(BIO_s_mem()) else { throw X509Error(failed: "allocate memory") }
        self.raw = raw
        guard bytes.isEmpty || BIO_write(raw, bytes, Int32(bytes.count)) == bytes.count else {
            throw X509Error(failed: "allocate memory")
        }
    }

    deinit {
        BIO_free(raw)
    }

    /// What has been written and not been read.
    var bytes: [UInt8] {
        var count = 0
        let start = mt_bio_bytes(raw, &count)
        return Array(UnsafeBufferPointer(start: start, count: count))
    }
}
