#if !FUZZING
@testable import Transport
#endif

/// What must hold of the HTTP parsers whatever they are fed. For libFuzzer (`make fuzz`), and for the fast test that
/// feeds them the corpus.
enum HTTPFuzz {
    /// - Returns: what does not hold; nil if all does.
    static func problem(with bytes: [UInt8]) -> String? {
        let whole = Outcome(bytes, pieces: [bytes.count])
        // The same bytes mean the same, however the network cuts them: a request must not hide behind a packet.
        for size in [1, 2, 7, 64] {
            let pieces = Array(repeating: size, count: bytes.count / size + 1)
            if Outcome(bytes, pieces: pieces) != whole { return "pieces of \(size) bytes are read differently" }
        }
        if whole.body.count > bytes.count { return "the body is longer than what was sent" }
        return answerProblem(with: bytes) ?? frameProblem(with: bytes)
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

    /// A client's reading of an answer.
    private static func answerProblem(with bytes: [UInt8]) -> String? {
        var reader = AnswerReader(bodyLimit: 1024)
        do {
            try bytes.withUnsafeBytes { try reader.receive($0) }
            try reader.end()
        } catch {
            return nil
        }
        guard case .complete(let head, let body) = reader.state else { return "an answer that ended is not complete" }
        guard 100...599 ~= head.status else { return "the status \(head.status)" }
        return body.count > 1024 ? "the body is longer than its bound" : nil
    }
}

#if FUZZING
/// libFuzzer's way in.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    if let problem = HTTPFuzz.problem(with: input) { fatalError(problem) }
    return 0
}
#endif
