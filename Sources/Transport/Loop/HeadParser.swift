/// Puts the head of a response together from the lines that libcurl passes on: a status line, fields, an empty line; for
/// interim responses (1xx) several times over.
struct HeadParser {
    /// The sum of all lines that is taken; servers send some hundreds of bytes.
    static let limit = 256 << 10

    private var fields: [(name: String, value: String)] = []
    /// The bytes of all lines so far, those of interim responses included.
    private(set) var size = 0
    /// Once the final head is there, what comes are trailers.
    private var isDone = false

    /// Takes the next line.
    ///
    /// - Parameter status: of the response that the line belongs to.
    /// - Returns: the head, with the empty line that ends that of the final response.
    /// - Throws: `TransportError` `.tooLarge`.
    mutating func consume(line: UnsafeRawBufferPointer, status: Int) throws(TransportError) -> HTTPHead? {
        size += line.count
        guard size <= Self.limit else {
            throw TransportError(.tooLarge, "the head of the answer is longer than \(Self.limit) bytes")
        }
        guard !isDone else { return nil }
        let text = Self.trim(line[...])
        guard !text.isEmpty else { return finishHead(status: status) }
        if let field = Self.field(in: text) { fields.append(field) }
        return nil
    }

    private mutating func finishHead(status: Int) -> HTTPHead? {
        defer { fields = [] }
        guard status >= 200 else { return nil }
        isDone = true
        return HTTPHead(status: status, headers: HTTPHeaders(fields))
    }

    /// A field; nil for the status line, which libcurl has read, and for lines that are none.
    private static func field(in line: Slice<UnsafeRawBufferPointer>) -> (name: String, value: String)? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { return nil }
        let name = line[..<colon]
        guard !name.contains(where: isSpace) else { return nil }
        let value = trim(line[(colon + 1)...])
        return (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
    }

    private static func trim(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        let head = bytes.drop(while: isSpace)
        let last = head.lastIndex { !isSpace($0) }
        return last.map { head[...$0] } ?? head[head.endIndex...]
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || 9...13 ~= byte
    }
}
