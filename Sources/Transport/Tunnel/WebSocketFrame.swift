/// A piece of a message between WebSocket ends (RFC 6455, section 5.2). Pure.
package struct WebSocketFrame: Sendable, Equatable {
    /// What a frame is for.
    package enum Kind: UInt8, Sendable {
        /// Goes on with the message before it.
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10
    }

    /// Bytes that are no frame.
    package struct Malformed: Error {
        package init() {}
    }

    package let kind: Kind
    /// Whether the message ends with it.
    package let isFinal: Bool
    package let payload: [UInt8]

    package init(_ kind: Kind, _ payload: [UInt8], isFinal: Bool = true) {
        self.kind = kind
        self.isFinal = isFinal
        self.payload = payload
    }

    /// Takes the first frame, masked or not.
    ///
    /// - Returns: nil as long as bytes of it are missing; then none are taken.
    /// - Throws: ``Malformed``.
    package init?(taking bytes: inout ArraySlice<UInt8>) throws(Malformed) {
        var rest = bytes
        guard let first = rest.popFirst(), let second = rest.popFirst() else { return nil }
        // No extension was agreed upon that would use the bits between.
        guard first & 0x70 == 0, let kind = Kind(rawValue: first & 0x0F) else { throw Malformed() }
        let short = Int(second & 0x7F)
        let width = short < 126 ? 0 : short == 126 ? 2 : 8
        let hasMask = second & 0x80 != 0
        guard rest.count >= width + (hasMask ? 4 : 0) else { return nil }
        let long = rest.prefix(width).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let size = width == 0 ? short : Int(exactly: long) else { throw Malformed() }
        rest = rest.dropFirst(width)
        let mask = hasMask ? Array(rest.prefix(4)) : [0, 0, 0, 0]
        rest = rest.dropFirst(hasMask ? 4 : 0)
        guard rest.count >= size else { return nil }
        let body = rest.prefix(size)
        self.init(
            kind,
            hasMask ? zip(0..., body).map { $1 ^ mask[$0 & 3] } : Array(body),
            isFinal: first & 0x80 != 0
        )
        bytes = rest.dropFirst(size)
    }

    /// The frame on the wire.
    ///
    /// - Parameter mask: four bytes, which a client must draw at random for each frame; none for a server.
    package func bytes(mask: [UInt8] = []) -> [UInt8] {
        let bit: UInt8 = mask.isEmpty ? 0 : 0x80
        var bytes = [kind.rawValue | (isFinal ? 0x80 : 0)]
        switch payload.count {
        case 0..<126: bytes.append(bit | UInt8(payload.count))
        case 126...0xFFFF: bytes += [bit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default: bytes += [bit | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        return bytes + mask + (mask.isEmpty ? payload : zip(0..., payload).map { $1 ^ mask[$0 & 3] })
    }
}
