/// Reads the answer of another server: its head, and its body up to a bound, which cuts off what is longer. What follows
/// an upgrade counts as a body that ends with the connection. Pure.
struct AnswerReader {
    enum State {
        case incomplete
        case complete(HTTPHead, [UInt8])
    }

    /// More interim answers than that mean nothing good.
    private static let interimLimit = 8

    /// The longest head, in bytes.
    static let headLimit = 64 << 10

    private let bodyLimit: Int
    private var interim = 0
    private var headSize = 0
    private var headReader: HTTPHeadReader
    /// All that came, from the first byte of the final head on, until the head was whole.
    private(set) var bytes: [UInt8] = []
    private(set) var head: HTTPHead?
    private var decoder: BodyDecoder?
    private var rest: ArraySlice<UInt8> = []
    private var body: [UInt8] = []
    private var hasEnded = false

    init(bodyLimit: Int) {
        self.bodyLimit = bodyLimit
        headReader = HTTPHeadReader(limit: Self.headLimit)
    }

    /// Whether the head has come and nothing after it.
    var isHeadOnly: Bool { head != nil && bytes.count == headSize }
    /// What has come after the head, with it.
    var bytesAfterHead: [UInt8] { Array(bytes.dropFirst(headSize)) }

    var state: State {
        guard let head else { return .incomplete }
        let isWhole = hasEnded || body.count >= bodyLimit || (decoder?.isEnded ?? false) || head.status == 204
        return isWhole ? .complete(head, body) : .incomplete
    }

    /// - Throws: ``TransportError`` `.badResponse` for what is no HTTP/1.1.
    mutating func receive(_ more: UnsafeRawBufferPointer) throws(TransportError) {
        guard head != nil else {
            bytes += more
            return try readHead()
        }
        rest = (Array(rest) + more)[...]
        readBody()
    }

    /// Nothing more comes.
    mutating func end() throws(TransportError) {
        guard head != nil else {
            throw TransportError(.interrupted, "the server ended the connection without an answer")
        }
        hasEnded = true
    }

    private mutating func readHead() throws(TransportError) {
        while head == nil {
            let read: HTTPHeadReader.Head?
            do throws(HTTPHeadReader.Refusal) {
                read = try headReader.read(bytes[...])
            } catch {
                throw TransportError(.badResponse, "the answer's head is \(error)")
            }
            guard let read else { return }
            let status = try Self.status(of: read.firstLine)
            // Interim answers (RFC 9110, section 15.2) but for the one that ends HTTP on the connection.
            if 100...199 ~= status, status != 101 {
                interim += 1
                guard interim <= Self.interimLimit else {
                    throw TransportError(.badResponse, "the server sends interim answers without end")
                }
                bytes.removeFirst(read.size)
                headReader = HTTPHeadReader(limit: Self.headLimit)
                continue
            }
            headSize = read.size
            try begin(HTTPHead(status: status, headers: HTTPHeaders(read.fields.map { ($0.name, $0.value) })))
            rest = bytes[read.size...]
            readBody()
        }
    }

    private mutating func begin(_ head: HTTPHead) throws(TransportError) {
        self.head = head
        decoder = try BodyDecoder(ofAnswer: head)
    }

    private mutating func readBody() {
        // It has no body, whatever it says (RFC 9110, section 15.3.5), also where more came at once with its head.
        guard head?.status != 204 else { return }
        guard var decoder else {
            take(rest)
            rest = []
            return
        }
        do throws(RequestRefusal) {
            while let piece = try decoder.next(&rest) { take(piece) }
        } catch {
            hasEnded = true
        }
        self.decoder = decoder
    }

    private mutating func take(_ piece: ArraySlice<UInt8>) {
        body += piece.prefix(bodyLimit - body.count)
    }

    private static func status(of line: String) throws(TransportError) -> Int {
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0] == "HTTP/1.1" || words[0] == "HTTP/1.0", let status = Int(words[1]),
            100...599 ~= status
        else { throw TransportError(.badResponse, "the answer is no HTTP/1.1") }
        return status
    }
}
