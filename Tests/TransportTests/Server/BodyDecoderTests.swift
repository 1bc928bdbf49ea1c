import Testing

@testable import Transport

@Suite struct BodyDecoderTests {
    /// Feeds `text` in pieces of `size` bytes.
    private func decode(
        _ framing: BodyFraming,
        _ text: String,
        size: Int,
        limit: Int = 100
    ) throws -> (body: String, rest: String, isEnded: Bool) {
        var decoder = try BodyDecoder(framing, limit: limit)
        var (input, body): (ArraySlice<UInt8>, [UInt8]) = ([], [])
        var left = Array(text.utf8)[...]
        while !left.isEmpty {
            input = (Array(input) + left.prefix(size))[...]
            left = left.dropFirst(size)
            while let piece = try decoder.next(&input) { body += piece }
        }
        return (String(decoding: body, as: UTF8.self), String(decoding: input, as: UTF8.self), decoder.isEnded)
    }

    @Test(arguments: [1, 2, 3, 7, 100])
    func `A body is found in whatever pieces it comes`(size: Int) throws {
        #expect(try decode(.length(5), "helloNEXT", size: size) == ("hello", "NEXT", true))
        let chunks = "5\r\nhello\r\nA\r\n, world 12\r\n0\r\n\r\nNEXT"
        #expect(try decode(.chunked, chunks, size: size) == ("hello, world 12", "NEXT", true))
        #expect(try decode(.none, "NEXT", size: size) == ("", "NEXT", true))
        #expect(try decode(.length(5), "hel", size: size) == ("hel", "", false))
    }

    @Test(arguments: [
        "5;a=b\r\nhello\r\n0\r\n\r\n", "5\nhello\n0\n\n", " 5\r\nhello\r\n", "-5\r\n", "0x5\r\nhello\r\n", "\r\n",
        "5\r\nhelloX\r\n", "0\r\nTrailer: x\r\n\r\n", "FFFFFFFFFFFFFFFFFF\r\n", "5\rhello, and more of it",
    ])
    func `Chunks that others may read differently are refused`(text: String) {
        #expect(throws: RequestRefusal.self) { try decode(.chunked, text, size: 100) }
    }

    @Test func `A body is as long as its bound and no longer`() throws {
        #expect(throws: RequestRefusal.bodyTooLarge) { try BodyDecoder(.length(101), limit: 100) }
        let chunks = "32\r\n" + String(repeating: "a", count: 50) + "\r\n33\r\n"
        #expect(throws: RequestRefusal.bodyTooLarge) { try decode(.chunked, chunks, size: 10) }
    }
}
