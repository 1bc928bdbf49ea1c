import Testing

@testable import Transport

@Suite struct WebSocketFrameTests {
    @Test(arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
    func `A frame is the same after its way, whatever pieces it comes in`(size: Int) throws {
        let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        for mask in [[], [7, 0, 255, 1]] as [[UInt8]] {
            let frame = WebSocketFrame(.binary, payload, isFinal: size % 2 == 0)
            let bytes = frame.bytes(mask: mask)
            for cut in Set([0, 1, 2, 3, 9, bytes.count / 2, bytes.count - 1]) where cut < bytes.count {
                var part = bytes[..<cut]
                #expect(try WebSocketFrame(taking: &part) == nil)
                #expect(part.count == cut)
            }
            var all = bytes[...] + [1, 2]
            #expect(try WebSocketFrame(taking: &all) == frame)
            #expect(all == [1, 2])
        }
    }

    @Test func `The frames of RFC 6455, section 5dot7, are read`() throws {
        let frames: [([UInt8], WebSocketFrame)] = [
            ([0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f], WebSocketFrame(.text, Array("Hello".utf8))),
            (
                [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58],
                WebSocketFrame(.text, Array("Hello".utf8))
            ),
            ([0x01, 0x03, 0x48, 0x65, 0x6c], WebSocketFrame(.text, Array("Hel".utf8), isFinal: false)),
            ([0x80, 0x02, 0x6c, 0x6f], WebSocketFrame(.continuation, Array("lo".utf8))),
        ]
        for (bytes, frame) in frames {
            var rest = bytes[...]
            #expect(try WebSocketFrame(taking: &rest) == frame)
        }
    }

    @Test(
        arguments: [
            [0x83, 0x00], [0xC2, 0x00], [0x82, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        ] as [[UInt8]]
    )
    func `What is no frame is an error`(bytes: [UInt8]) {
        var rest = bytes[...]
        #expect(throws: WebSocketFrame.Malformed.self) { try WebSocketFrame(taking: &rest) }
    }
}
