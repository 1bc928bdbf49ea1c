import Testing

@testable import Transport

/// A relay between two ends that do what a test says.
@Suite struct RelayTests {
    /// An end that has said something, and is gone or not; it takes what it is given, or nothing.
    private final class ScriptedChannel: ByteChannel {
        enum Taking { case all, nothingNow, nothingMore }

        let socket = Socket(owning: -1)
        var said: [UInt8]
        var isGone: Bool
        var taking: Taking
        var taken: [UInt8] = []
        var wasTold = false

        init(_ said: String = "", isGone: Bool = false, taking: Taking = .all) {
            (self.said, self.isGone, self.taking) = (Array(said.utf8), isGone, taking)
        }

        var peerCertificate: PeerCertificate? { nil }
        func handshake() -> ChannelStep { .done(0) }
        func endWrites() { wasTold = true }

        func read(into buffer: UnsafeMutableRawBufferPointer) -> ChannelStep {
            guard !said.isEmpty else { return isGone ? .ended : .wantsRead }
            let count = min(said.count, buffer.count)
            buffer.copyBytes(from: said[..<count])
            said.removeFirst(count)
            return .done(count)
        }

        func write(_ bytes: UnsafeRawBufferPointer) -> ChannelStep {
            switch taking {
            case .all:
                taken += bytes
                return .done(bytes.count)
            case .nothingNow: return .wantsWrite
            case .nothingMore: return .failed(TransportError(.interrupted, "Broken pipe"))
            }
        }
    }

    private func pump(_ relay: inout Relay) -> TunnelReport.Ending? {
        withUnsafeTemporaryAllocation(byteCount: 4, alignment: 1) { buffer in
            while true {
                switch relay.pump(buffer) {
                case .more: continue
                case .blocked: return nil
                case .finished(let ending): return ending
                }
            }
        }
    }

    private func relay(_ client: ScriptedChannel, _ server: ScriptedChannel) -> Relay {
        Relay(client: RelayEnd(channel: client), server: RelayEnd(channel: server))
    }

    @Test func `A server that takes nothing more is heard to its end, then the client's is waited for`() {
        let (client, server) = (ScriptedChannel("ping"), ScriptedChannel("all that it said", taking: .nothingMore))
        var relay = relay(client, server)
        #expect(pump(&relay) == nil)
        #expect(!client.wasTold)
        client.said = Array("ping".utf8)
        server.isGone = true
        #expect(pump(&relay) == nil)
        #expect(client.taken == Array("all that it said".utf8))
        #expect(client.wasTold)
        #expect(relay.isLingering)
        client.isGone = true
        #expect(pump(&relay) == .server)
        #expect(relay.report(.server).bytesToServer == 0)
    }

    @Test func `What a client said before it went reaches the server, and then nobody is left to hear`() {
        let (client, server) = (ScriptedChannel("last words", taking: .nothingMore), ScriptedChannel("an answer"))
        var relay = relay(client, server)
        client.isGone = true
        #expect(pump(&relay) == .client)
        #expect(server.taken == Array("last words".utf8))
    }

    @Test func `A client may take its time with the last words of a server`() {
        let (client, server) = (ScriptedChannel(taking: .nothingNow), ScriptedChannel("bye", isGone: true))
        var relay = relay(client, server)
        #expect(pump(&relay) == nil)
        #expect(!relay.isLingering)
        client.taking = .all
        #expect(pump(&relay) == nil)
        #expect(client.taken == Array("bye".utf8))
        #expect(relay.isLingering)
    }

    @Test func `The end of a client is told to the server once it has all`() {
        let (client, server) = (ScriptedChannel("word"), ScriptedChannel(taking: .nothingNow))
        var relay = relay(client, server)
        client.isGone = true
        #expect(pump(&relay) == nil)
        #expect(!server.wasTold)
        server.taking = .all
        #expect(pump(&relay) == nil)
        #expect(server.taken == Array("word".utf8))
        #expect(server.wasTold)
        #expect(relay.isLingering)
    }

    @Test func `A server that takes nothing is not waited for when the client hears nothing more`() {
        let (client, server) = (
            ScriptedChannel("word", taking: .nothingMore), ScriptedChannel("answer", taking: .nothingNow)
        )
        var relay = relay(client, server)
        #expect(pump(&relay) == nil)
        #expect(relay.isLingering)
        #expect(relay.endingByTime == .client)
    }

    @Test func `What is thrown away keeps no tunnel alive`() {
        let (client, server) = (ScriptedChannel("ping"), ScriptedChannel(isGone: true, taking: .nothingMore))
        var relay = relay(client, server)
        let before = relay.lastActivity
        #expect(pump(&relay) == nil)
        #expect(client.said.isEmpty)
        #expect(relay.lastActivity == before)
    }
}
