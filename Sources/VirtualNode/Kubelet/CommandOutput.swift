internal import KubeModel
internal import Transport

/// What a command said and how it ended, from the stream of an exec as `v4.channel.k8s.io` has it (kubernetes,
/// `apimachinery/pkg/util/remotecommand`): messages whose first byte is their channel. Pure.
struct CommandOutput: Equatable {
    /// The protocol of the stream: known to every API server since 1.6, to those of today too.
    static let streamProtocol = "v4.channel.k8s.io"

    /// What was written to standard output, then what was written to standard error, as a kubelet joins them.
    let bytes: [UInt8]
    /// Why it failed, in the words of the cluster; nil for a command that ended with 0.
    let failure: String?

    /// - Parameter stream: all that came until the stream's end.
    /// - Throws: `WebSocketFrame.Malformed`, also for a stream that ended before the command did.
    init(_ stream: [UInt8]) throws(WebSocketFrame.Malformed) {
        var channels: [UInt8: [UInt8]] = [:]
        for message in try Self.messages(stream) {
            if let channel = message.first { channels[channel, default: []] += message.dropFirst() }
        }
        let parsed = (try? JSON.parse(channels[3] ?? [])) ?? .null  // What is no JSON is no word on the end either.
        guard let status = parsed["status"]?.string else { throw WebSocketFrame.Malformed() }
        bytes = (channels[1] ?? []) + (channels[2] ?? [])
        failure = status == "Success" ? nil : Self.failure(parsed, errors: channels[2] ?? [])
    }

    private static func messages(_ stream: [UInt8]) throws(WebSocketFrame.Malformed) -> [[UInt8]] {
        var (rest, messages, isOpen) = (stream[...], [[UInt8]](), false)
        while let frame = try WebSocketFrame(taking: &rest), frame.kind != .close {
            switch frame.kind {
            case .text, .binary: messages.append(frame.payload)
            case .continuation where isOpen: messages[messages.count - 1] += frame.payload
            case .continuation: throw WebSocketFrame.Malformed()
            case .ping, .pong, .close: continue
            }
            isOpen = !frame.isFinal
        }
        return messages
    }

    /// A kubelet adds what the command had to say of it.
    private static func failure(_ status: JSON, errors: [UInt8]) -> String {
        let message = status["message"]?.string ?? "the command failed"
        return errors.isEmpty ? message : "\(message): \(String(decoding: errors, as: UTF8.self))"
    }
}
