import KubeModel
import Testing

@testable import Transport
@testable import VirtualNode

@Suite struct CommandOutputTests {
    private static let success: JSON = ["metadata": [:], "status": "Success"]

    private func message(_ channel: UInt8, _ text: String) -> WebSocketFrame {
        WebSocketFrame(.binary, [channel] + Array(text.utf8))
    }

    private func stream(_ frames: [WebSocketFrame], status: JSON = success) -> [UInt8] {
        (frames + [message(3, status.text), WebSocketFrame(.close, [3, 232])]).flatMap { $0.bytes() }
    }

    @Test func `Output comes first, then what went to the other channel`() throws {
        // The first messages of a stream are empty ones of each channel.
        let said = [message(2, "warning\n"), message(1, "one\n"), message(1, "two\n")]
        let frames = [message(1, ""), message(2, "")] + said
        let output = try CommandOutput(stream(frames))
        #expect(String(decoding: output.bytes, as: UTF8.self) == "one\ntwo\nwarning\n")
        #expect(output.failure == nil)
    }

    @Test func `A message may come in pieces, with others' pings between`() throws {
        let frames = [
            WebSocketFrame(.binary, [1] + Array("on".utf8), isFinal: false), WebSocketFrame(.ping, [1]),
            WebSocketFrame(.continuation, Array("e".utf8)),
        ]
        #expect(try CommandOutput(stream([frames[0], frames[2]])).bytes == Array("one".utf8))
        #expect(try CommandOutput(stream(frames)).bytes == Array("one".utf8))
    }

    @Test func `A command that fails says how, and what it said of it`() throws {
        let message = "command terminated with non-zero exit code: exit status 7"
        let status: JSON = ["status": "Failure", "message": .string(message), "reason": "NonZeroExitCode"]
        let output = try CommandOutput(stream([self.message(2, "no such thing")], status: status))
        #expect(output.failure == "\(message): no such thing")
        #expect(try CommandOutput(stream([], status: status)).failure == message)
    }

    @Test func `A stream that ends before the command is no output`() {
        #expect(throws: WebSocketFrame.Malformed.self) { try CommandOutput(message(1, "half").bytes()) }
        #expect(throws: WebSocketFrame.Malformed.self) { try CommandOutput([]) }
        #expect(throws: WebSocketFrame.Malformed.self) { try CommandOutput(Array("HTTP/1.1 400".utf8)) }
        let whole = stream([message(1, "x")])
        #expect(throws: WebSocketFrame.Malformed.self) { try CommandOutput(Array(whole.dropLast(8))) }
    }
}
