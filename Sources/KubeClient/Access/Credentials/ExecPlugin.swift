import Lifecycle
import Synchronization

/// Credentials from a program (client-go plugin/pkg/client/auth/exec): run once for all who wait, remembered until they
/// expire or the server refuses them.
final class ExecPlugin: Sendable {
    private let cache: ExecCache
    private let flight: SingleFlight<ExecCredential>

    init(_ run: ExecRun, host: AccessHost) {
        let cache = ExecCache(host)
        self.cache = cache
        flight = SingleFlight {
            let credential = try await run.credential()
            cache.store(credential)
            return credential
        }
    }

    /// - Throws: `KubeConfigError`, or `CancellationError`.
    func credential() async throws -> ExecCredential {
        if let credential = cache.usable { return credential }
        return try await flight.value()
    }

    /// The server has refused the credentials: the next call runs the plugin again, unless they are brand-new.
    func invalidate() {
        cache.invalidate()
    }
}

/// The credentials that a plugin gave last.
final class ExecCache: Sendable {
    private struct Entry {
        let credential: ExecCredential
        let obtainedAt: Duration
    }

    /// Many calls that were on their way with the same old credentials are refused at about the same time; only the
    /// first of them may throw away what all others wait for. Also bounds how often a useless plugin is run.
    static let minimumAge: Duration = .seconds(5)

    private let wallTime: @Sendable () -> Double
    private let elapsed: @Sendable () -> Duration
    private let entry = Mutex<Entry?>(nil)

    init(_ host: AccessHost) {
        wallTime = host.wallTime
        elapsed = Stopwatch.start(host.clock)
    }

    /// The credentials, if they have not expired.
    var usable: ExecCredential? {
        guard let credential = entry.withLock({ $0?.credential }) else { return nil }
        guard let expiration = credential.expiration else { return credential }
        return wallTime() < expiration ? credential : nil
    }

    func store(_ credential: ExecCredential) {
        let now = elapsed()
        entry.withLock { $0 = Entry(credential: credential, obtainedAt: now) }
    }

    func invalidate() {
        let now = elapsed()
        entry.withLock { entry in
            guard let current = entry, now - current.obtainedAt >= Self.minimumAge else { return }
            entry = nil
        }
    }
}
