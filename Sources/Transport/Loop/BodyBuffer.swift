/// Bytes between a connection and a slow reader: a queue of chunks, bounded by watermarks.
///
/// From `high` on nothing is taken any more; at `low` the reader asks for more. Small pieces are joined, so that the
/// count of bytes tells the memory.
struct BodyBuffer {
    struct Watermarks: Sendable {
        /// 256 KiB and 1 MiB: enough for the largest object of a watch (etcd takes 1.5 MiB) to be read in few turns,
        /// and small beside the process with some hundreds of streams that stand still.
        static let standard = Watermarks(low: 256 << 10, high: 1 << 20)

        let low: Int
        let high: Int
    }

    /// The size up to which pieces are joined into one chunk.
    static let chunkSize = 64 << 10

    private let watermarks: Watermarks
    private var chunks: [[UInt8]] = []
    private(set) var count = 0
    /// Whether the connection was told to wait.
    private var isPaused = false

    init(watermarks: Watermarks) {
        self.watermarks = watermarks
    }

    /// Takes bytes in; false, having taken none, if the connection must wait.
    mutating func append(_ bytes: [UInt8]) -> Bool {
        guard count < watermarks.high else {
            isPaused = true
            return false
        }
        if let size = chunks.last?.count, size + bytes.count <= Self.chunkSize {
            chunks[chunks.count - 1].append(contentsOf: bytes)
        } else {
            chunks.append(bytes)
        }
        count += bytes.count
        return true
    }

    /// Gives the oldest chunk out.
    ///
    /// - Returns: nil if there is none; `resumes` is true if the connection waits and must be told to go on.
    mutating func removeFirst() -> (chunk: [UInt8], resumes: Bool)? {
        guard !chunks.isEmpty else { return nil }
        // The watermarks keep the queue to some tens of chunks, so moving the others up costs nothing.
        let chunk = chunks.removeFirst()
        count -= chunk.count
        let resumes = isPaused && count <= watermarks.low
        if resumes { isPaused = false }
        return (chunk, resumes)
    }

    mutating func removeAll() {
        self = BodyBuffer(watermarks: watermarks)
    }
}
