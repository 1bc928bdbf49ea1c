package import KubeClient
internal import Observability

/// The time of an API server, by which the ages and leases in it are to be read: the clock of a laptop may be off.
package struct ServerClock: Sendable {
    /// How far the server's clock is ahead of ours.
    private let offset: Duration

    private init(offset: Duration) {
        self.offset = offset
    }

    /// Time since 1970.
    package var now: Duration { WallClock.sinceEpoch() + offset }

    /// Asks a server. One that does not tell its time is taken to have ours.
    ///
    /// - Throws: `APIError` if it does not answer; `CancellationError`.
    package static func read(_ client: APIClient) async throws -> ServerClock {
        let version = try await client.version()
        // It is told in whole seconds: half of one more is the best guess.
        let time = version.date.map { Duration.seconds($0) + .milliseconds(500) }
        return ServerClock(offset: time.map { $0 - WallClock.sinceEpoch() } ?? .zero)
    }
}
