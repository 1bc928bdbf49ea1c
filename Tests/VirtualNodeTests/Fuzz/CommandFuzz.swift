import Transport

#if !FUZZING
@testable import VirtualNode
#endif

/// What must hold of the stream of a command that is run, whatever a remote sends. For libFuzzer (`make fuzz`), and for
/// the fast test that feeds its parser the corpus.
enum CommandFuzz {
    /// - Returns: what does not hold; nil if all does.
    static func problem(with bytes: [UInt8]) -> String? {
        let read = output(of: bytes)
        guard read?.bytes.count ?? 0 <= bytes.count else { return "the output is longer than what was sent" }
        let ping = WebSocketFrame(.ping, [1]).bytes()
        return output(of: ping + bytes) == read ? nil : "a ping makes another output"
    }

    /// Nil for what is none.
    private static func output(of stream: [UInt8]) -> CommandOutput? {
        do {
            return try CommandOutput(stream)
        } catch {
            return nil
        }
    }
}

#if FUZZING
typealias Fuzzed = CommandFuzz
#endif
