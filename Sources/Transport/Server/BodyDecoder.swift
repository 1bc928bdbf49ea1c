/// Takes the body of a request out of the bytes of a connection. Pure, and as strict as ``HTTPHeadReader``: no extensions
/// of chunks, which nobody uses, and no trailers.
struct BodyDecoder {
    private enum State {
        /// So many bytes are still to come, and are all of the body or of the chunk.
        case bytes(Int)
        case chunkSize
        case chunkBytes(Int)
        case chunkEnd
        case lastLine
        case ended
    }

    private var state: State
    /// What the body may still grow by.
    private var allowance: Int

    /// - Parameter limit: the longest body, in bytes.
    init(_ framing: BodyFraming, limit: Int) throws(RequestRefusal) {
        allowance = limit
        switch framing {
        case .none: state = .ended
        case .length(let length):
            guard length <= limit else { throw .bodyTooLarge }
            state = .bytes(length)
        case .chunked: state = .chunkSize
        }
    }

    var isEnded: Bool { if case .ended = state { true } else { false } }

    /// Takes what it can from `input`.
    ///
    /// - Returns: bytes of the body, perhaps none; nil if more must come first.
    mutating func next(_ input: inout ArraySlice<UInt8>) throws(RequestRefusal) -> ArraySlice<UInt8>? {
        while true {
            switch state {
            case .ended: return nil
            case .bytes(let left):
                return take(from: &input, left: left) { $0 > 0 ? .bytes($0) : .ended }
            case .chunkBytes(let left):
                return take(from: &input, left: left) { $0 > 0 ? .chunkBytes($0) : .chunkEnd }
            case .chunkSize:
                guard let line = try Self.line(&input) else { return nil }
                let size = try Self.size(line)
                guard size <= allowance else { throw .bodyTooLarge }
                allowance -= size
                state = size > 0 ? .chunkBytes(size) : .lastLine
            case .chunkEnd, .lastLine:
                guard let line = try Self.line(&input) else { return nil }
                guard line.isEmpty else { throw .badRequest }
                if case .lastLine = state { state = .ended } else { state = .chunkSize }
            }
        }
    }

    private mutating func take(
        from input: inout ArraySlice<UInt8>,
        left: Int,
        then: (Int) -> State
    ) -> ArraySlice<UInt8>? {
        guard !input.isEmpty else { return nil }
        let bytes = input.prefix(left)
        input = input.dropFirst(left)
        state = then(left - bytes.count)
        return bytes
    }

    private static func size(_ line: ArraySlice<UInt8>) throws(RequestRefusal) -> Int {
        let isHexadecimal = line.allSatisfy { (48...57).contains($0) || (65...70).contains($0 & 0xDF) }
        guard isHexadecimal, let size = Int(String(decoding: line, as: UTF8.self), radix: 16) else { throw .badRequest }
        return size
    }

    /// A line of at most 16 bytes, without its end: the size of a chunk, or nothing.
    private static func line(_ input: inout ArraySlice<UInt8>) throws(RequestRefusal) -> ArraySlice<UInt8>? {
        guard let end = input.prefix(18).firstIndex(of: 10) else {
            guard input.count < 18 else { throw .badRequest }
            return nil
        }
        guard end > input.startIndex, input[end - 1] == 13 else { throw .badRequest }
        let line = input[..<(end - 1)]
        input = input[(end + 1)...]
        return line
    }
}
