import Glibc
import Testing

@testable import Testbed

@Suite("A relay", .timeLimit(.minutes(1)))
struct RelayTests {
    private let clock = ContinuousClock()

    /// Runs `body` with a relay in front of an echo server, both at addresses of their own.
    private func withRelay(
        _ conditions: RelayConditions = RelayConditions(),
        _ body: (Relay) async throws -> Void
    ) async throws {
        var random = SystemRandomNumberGenerator()
        let addresses = try LoopbackBlock(using: &random)
        let server = try EchoServer(at: try addresses.nextAddress())
        let endpoint = Endpoint(host: try addresses.nextAddress(), port: 28443)
        let relay = try Relay.start(at: endpoint, to: server.endpoint, conditions: conditions)
        do {
            try await body(relay)
        } catch {
            await relay.stop()
            server.stop()
            throw error
        }
        await relay.stop()
        server.stop()
    }

    private func echo(_ bytes: [UInt8], _ connection: TestConnection) throws -> [UInt8] {
        try connection.send(bytes)
        return try connection.receive(bytes.count)
    }

    @Test("hands on all bytes in order, and the end of the stream after them")
    func transparency() async throws {
        try await withRelay { relay in
            let connection = try TestConnection(to: relay.endpoint)
            let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            #expect(try echo(bytes, connection) == bytes)
            try connection.send([7])
            connection.sendEnd()
            #expect(try connection.receive(100) == [7])
        }
    }

    @Test("lets a round trip take its time, and the first one twice as long for the handshake")
    func roundTrip() async throws {
        try await withRelay(RelayConditions(roundTrip: .milliseconds(40))) { relay in
            let connection = try TestConnection(to: relay.endpoint)
            let first = try clock.measure { _ = try echo([1], connection) }
            let second = try clock.measure { _ = try echo([2], connection) }
            #expect(first >= .milliseconds(80))
            #expect(second >= .milliseconds(40) && second < first)
        }
    }

    @Test("lets no more bytes through than its rate allows")
    func rate() async throws {
        try await withRelay(RelayConditions(bytesPerSecond: 1_000_000)) { relay in
            let connection = try TestConnection(to: relay.endpoint)
            let time = try clock.measure { _ = try echo([UInt8](repeating: 1, count: 100_000), connection) }
            #expect(time >= .milliseconds(100))
        }
    }

    @Test("holds everything back while it is stalled, and delivers it when it opens")
    func stall() async throws {
        try await withRelay { relay in
            let connection = try TestConnection(to: relay.endpoint)
            #expect(try echo([1], connection) == [1])
            try await relay.set(.stalled)
            try connection.send([2])
            // Changes take effect in order: after the second, the relay has had every chance to move the byte.
            try await relay.set(.stalled)
            #expect(!connection.hasInput)
            try await relay.set(.open)
            #expect(try connection.receive(1) == [2])
        }
    }

    @Test("resets what is there and refuses what comes while it is cut, and works again afterwards")
    func cut() async throws {
        try await withRelay { relay in
            let connection = try TestConnection(to: relay.endpoint)
            #expect(try echo([1], connection) == [1])
            try await relay.set(.cut)
            #expect(throws: TestConnection.Failure(number: ECONNRESET)) { try connection.receive(1) }
            #expect(throws: TestConnection.Failure(number: ECONNREFUSED)) { _ = try TestConnection(to: relay.endpoint) }
            try await relay.set(.open)
            let another = try TestConnection(to: relay.endpoint)
            #expect(try echo([2], another) == [2])
        }
    }

    @Test("resets a connection when nobody is behind it")
    func noServer() async throws {
        var random = SystemRandomNumberGenerator()
        let addresses = try LoopbackBlock(using: &random)
        let relay = try Relay.start(
            at: Endpoint(host: try addresses.nextAddress(), port: 28443),
            to: Endpoint(host: try addresses.nextAddress(), port: 9)
        )
        // The reset may come while the connection is still looked at, or at the first read.
        #expect(throws: TestConnection.Failure(number: ECONNRESET)) {
            _ = try TestConnection(to: relay.endpoint).receive(1)
        }
        await relay.stop()
    }

    @Test("serves hundreds of connections at a time")
    func crowd() async throws {
        try await withRelay(RelayConditions(delay: .milliseconds(1))) { relay in
            let connections = try (0..<300).map { _ in try TestConnection(to: relay.endpoint) }
            for (number, connection) in connections.enumerated() {
                try connection.send([UInt8(truncatingIfNeeded: number)])
            }
            for (number, connection) in connections.enumerated() {
                #expect(try connection.receive(1) == [UInt8(truncatingIfNeeded: number)])
            }
        }
    }

    @Test("cannot be told anything after it has been stopped")
    func stopped() async throws {
        try await withRelay { relay in
            await relay.stop()
            await #expect(throws: TestbedError.self) { try await relay.set(.cut) }
        }
    }
}
