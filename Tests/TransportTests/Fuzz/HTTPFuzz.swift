#if !FUZZING
@testable import Transport
#endif

/// What must hold of the HTTP parsers whatever they are fed. For libFuzzer (`make fuzz`), and for the fast test that
/// feeds them the corpus.
enum HTTPFuzz {
    /// In how many bytes at a time what is sent may come.
    private static let sizes = [1, 2, 7, 64]

    /// - Returns: what does not hold; nil if all does.
    static func problem(with bytes: [UInt8]) -> String? {
        let whole = Outcome(bytes, pieces: [bytes.count])
        // The same bytes mean the same, however the network cuts them: a request must not hide behind a packet.
        for size in sizes {
            let pieces = Array(repeating: size, count: bytes.count / size + 1)
            if Outcome(bytes, pieces: pieces) != whole { return "pieces of \(size) bytes are read differently" }
        }
        if whole.body.count > bytes.count { return "the body is longer than what was sent" }
        return answerProblem(with: bytes) ?? relayProblem(with: bytes) ?? frameProblem(with: bytes)
    }

    /// A reading of WebSocket frames: each is read in the same way again from what is made of it.
    private static func frameProblem(with bytes: [UInt8]) -> String? {
        var rest = bytes[...]
        do {
            while let frame = try WebSocketFrame(taking: &rest) {
                var again = frame.bytes(mask: [1, 2, 3, 4])[...]
                guard try WebSocketFrame(taking: &again) == frame, again.isEmpty else {
                    return "a frame is read differently"
                }
            }
        } catch {
            return nil
        }
        return nil
    }

    /// A server's reading of a request and its body.
    private struct Outcome: Equatable {
        var head: String?
        var body: [UInt8] = []
        var isWhole = false
        var isRefused = false

        init(_ bytes: [UInt8], pieces: [Int]) {
            var reader = HTTPHeadReader(limit: 4096)
            var decoder: BodyDecoder?
            var (input, left): (ArraySlice<UInt8>, ArraySlice<UInt8>) = ([], bytes[...])
            do {
                for size in pieces where !left.isEmpty {
                    input = (Array(input) + left.prefix(size))[...]
                    left = left.dropFirst(size)
                    if decoder == nil, let read = try reader.read(input) {
                        input = input.dropFirst(read.size)
                        let request = try HTTPServerRequest(read)
                        head = "\(request.method) \(request.target.segments) \(request.target.query) \(request.framing)"
                        decoder = try BodyDecoder(request.framing, limit: 1024)
                    }
                    while let piece = try decoder?.next(&input) { body += piece }
                }
                isWhole = decoder?.isEnded ?? false
            } catch {
                // Which rule is broken first may depend on the pieces; that one is, must not. What was taken before
                // the break is nobody's any more.
                self = Outcome()
                isRefused = true
            }
        }

        private init() {}
    }

    private static func answerProblem(with bytes: [UInt8]) -> String? {
        let whole = Answer(bytes, piece: bytes.count)
        for size in sizes where Answer(bytes, piece: size) != whole {
            return "an answer in pieces of \(size) bytes is read differently"
        }
        guard let status = whole.status else { return nil }
        guard 100...599 ~= status else { return "the status \(status)" }
        return whole.body.count > Answer.bodyLimit ? "the body is longer than its bound" : nil
    }

    /// A client's reading of an answer, up to where it is whole.
    private struct Answer: Equatable {
        static let bodyLimit = 1024

        /// Nil for what is refused.
        var status: Int?
        var fields: [String] = []
        var body: [UInt8] = []

        init(_ bytes: [UInt8], piece size: Int) {
            var reader = AnswerReader(bodyLimit: Self.bodyLimit)
            var left = bytes[...]
            do {
                while !left.isEmpty, case .incomplete = reader.state {
                    try left.prefix(size).withUnsafeBytes { try reader.receive($0) }
                    left = left.dropFirst(size)
                }
                try reader.end()
            } catch {
                return
            }
            guard case .complete(let head, let body) = reader.state else { return }
            status = head.status
            fields = head.headers.map { "\($0.name): \($0.value)" }
            self.body = body
        }
    }

    /// An answer that is passed on: its head is one head again, and its body ends where it ends.
    private static func relayProblem(with bytes: [UInt8]) -> String? {
        var reader = AnswerReader(bodyLimit: 0)
        let answer: RelayedAnswer
        do {
            try bytes.withUnsafeBytes { try reader.receive($0) }
            guard let head = reader.head else { return nil }
            answer = try RelayedAnswer(head)
            let passed = RelayedAnswer.head(head)
            var again = HTTPHeadReader(limit: .max)
            // With our own field there may be one too many.
            guard try Array(head.headers).count == 128 || again.read(passed[...])?.size == passed.count else {
                return "a head that is passed on has another end"
            }
        } catch {
            return error is HTTPHeadReader.Refusal ? "a head that is passed on is \(error)" : nil
        }
        let body = reader.bytesAfterHead
        let whole = Passed(body, by: answer, piece: body.count)
        for size in sizes where Passed(body, by: answer, piece: size) != whole {
            return "a body in pieces of \(size) bytes is passed on differently"
        }
        return 0...body.count ~= whole.count ? nil : "another body is passed on than came"
    }

    /// How much of an answer's body is passed on.
    private struct Passed: Equatable {
        var count = 0
        var isWhole = false
        var isMalformed = false

        init(_ body: [UInt8], by answer: RelayedAnswer, piece size: Int) {
            var (answer, left) = (answer, body[...])
            while !left.isEmpty, !isWhole, !isMalformed {
                let piece = left.prefix(size)
                left = left.dropFirst(size)
                switch piece.withUnsafeBytes({ answer.take($0) }) {
                case .whole: count += piece.count
                case .last(let last): (count, isWhole) = (count + last, true)
                // What of it went before depends on the pieces.
                case .malformed: (count, isMalformed) = (0, true)
                }
            }
        }
    }
}

#if FUZZING
typealias Fuzzed = HTTPFuzz
#endif
