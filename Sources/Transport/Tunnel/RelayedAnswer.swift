/// An answer of another server that is passed on as it is, but for what is between us and that server alone. Pure.
///
/// Our connection to the client ends with it, so the client is told so, whatever the other server would do with its own;
/// and it ends where its head says, not when the other server cares to end the connection (RFC 9112, section 6.3).
struct RelayedAnswer {
    /// What of the bytes of the body that came is to be passed on.
    enum Piece: Equatable {
        /// All of them, and more may come.
        case whole
        /// So many of them; the answer ends there.
        case last(Int)
        /// The answer can't be told from what comes after it.
        case malformed
    }

    /// Nil where the end of the connection is the end of the body.
    private var decoder: BodyDecoder?
    /// What came of a line that is not whole: less than a chunk's size takes.
    private var rest: ArraySlice<UInt8> = []

    init(_ head: HTTPHead) throws(TransportError) {
        decoder = try BodyDecoder(ofAnswer: head)
    }

    /// The head as it goes to the client, without what is said of the connection that it came by (RFC 9110, section
    /// 7.6.1).
    static func head(_ head: HTTPHead) -> [UInt8] {
        let named = head.headers.tokens("Connection")
        let ours = Set(named + ["connection", "keep-alive", "proxy-connection", "upgrade"])
        let headers = head.headers.filter { !ours.contains($0.name.lowercased()) }
        return AnswerEncoding(isHead: false, isVersion11: true, keepsAlive: false).head(head.status, headers)
    }

    /// Takes the next bytes of the body.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Piece {
        guard var decoder else { return .whole }
        rest += bytes
        do throws(RequestRefusal) {
            while try decoder.next(&rest) != nil {}
        } catch {
            return .malformed
        }
        self.decoder = decoder
        // What is left is a few bytes, but of a large array.
        rest = Array(rest)[...]
        return decoder.isEnded ? .last(bytes.count - rest.count) : .whole
    }
}

extension BodyDecoder {
    /// - Returns: nil for an answer that tells no length: the end of the connection is the end of its body.
    /// - Throws: ``TransportError`` `.badResponse` for a length that is told in two ways.
    init?(ofAnswer head: HTTPHead) throws(TransportError) {
        do throws(RequestRefusal) {
            let framing = try BodyFraming(head.headers, isVersion11: true)
            guard framing != .none || head.headers.first("Content-Length") != nil else { return nil }
            try self.init(framing, limit: .max)
        } catch {
            throw TransportError(.badResponse, "the length of the answer's body is told in two ways")
        }
    }
}
