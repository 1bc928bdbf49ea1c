/// The last texts of a stream, for questions like "was this seen lately?". Forgets the oldest when full, and does not take
/// texts that are longer than any version or UID of an API server.
struct RecentTexts: Sendable {
    private static let longest = 256

    private let capacity: Int
    private var ring: [String] = []
    private var oldest = 0
    private var known: Set<String> = []

    init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    func contains(_ text: String) -> Bool {
        known.contains(text)
    }

    mutating func insert(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= Self.longest, known.insert(text).inserted else { return }
        guard ring.count == capacity else {
            ring.append(text)
            return
        }
        known.remove(ring[oldest])
        ring[oldest] = text
        oldest = (oldest + 1) % capacity
    }
}
