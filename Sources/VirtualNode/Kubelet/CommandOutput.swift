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
        let channels = try Self.channels(stream)
        let parsed = (try? JSON.parse(channels[3] ?? [])) ?? .null  // What is no JSON is no word on the end either.
        guard let status = parsed["status"]?.string else { throw WebSocketFrame.Malformed() }
        bytes = (channels[1] ?? []) + (channels[2] ?? [])
        failure = status == "Success" ? nil : Self.failure(parsed, errors: channels[2] ?? [])
    }

    private static func channels(_ stream: [UInt8]) throws(WebSocketFrame.Malformed) -> [UInt8: [UInt8]] {
        var (rest, isOpen) = (stream[...], false)
        var channels: [UInt8: [UInt8]] = [:]
        var channel: UInt8?
        while let frame = try WebSocketFrame(taking: &rest), frame.kind != .close {
            switch frame.kind {
            case .text, .binary: channel = nil
            case .continuation where isOpen: break
            case .continuation: throw WebSocketFrame.Malformed()
            case .ping, .pong, .close: continue
            }
            isOpen = !frame.isFinal
            var payload = frame.payload[...]
            if channel == nil { channel = payload.popFirst() }
            if let channel { channels[channel, default: []] += payload }
        }
        return channels
    }

    /// A kubelet adds what the command had to say of it.
    private static func failure(_ status: JSON, errors: [UInt8]) -> String {
        let message = status["message"]?.string ?? "the command failed"
        return errors.isEmpty ? message : "\(message): \(String(decoding: errors, as: UTF8.self))"
    }
}
