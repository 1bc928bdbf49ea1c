import Synchronization
package import Transport

/// An access that follows its source: what changes there counts from the next call on. Connections, watches and streams
/// that are open go on with what they were opened with.
///
/// While what stands there is of no use, the last access that was goes on to be used.
package final class RenewableAccess<Source: AccessSource>: ClusterEndpoint {
    private struct State {
        var access: ClusterAccess
        var version: Source.Version
        var lookedAt: Duration
    }

    /// The time between two looks at the source.
    private static var interval: Duration { .seconds(1) }

    private let source: Source
    private let state: Mutex<State>
    private let elapsed: @Sendable () -> Duration
    private let onRenewal: @Sendable (Result<ClusterAccess, KubeConfigError>) -> Void

    /// - Parameter onRenewal: told of each change of the source: the new access, or why it is of no use.
    /// - Throws: ``KubeConfigError``, if there is nothing to begin with.
    package init(
        _ source: Source,
        clock: any Clock<Duration> = ContinuousClock(),
        onRenewal: @escaping @Sendable (Result<ClusterAccess, KubeConfigError>) -> Void = { _ in }
    ) throws(KubeConfigError) {
        self.source = source
        self.onRenewal = onRenewal
        elapsed = Stopwatch.start(clock)
        // The version first: what changes in between is found by the next look.
        let version = source.version()
        state = Mutex(State(access: try source.load(), version: version, lookedAt: elapsed()))
    }

    package var server: String { current().server }

    package func connection() async throws -> ConnectionOptions { try await current().connection() }

    package func headers() async throws -> [(name: String, value: String)] { try await current().headers() }

    /// Has the source looked at before the next call as well: what was refused may have been replaced there already.
    package func invalidateCredentials() async {
        state.withLock { $0.lookedAt = .zero - Self.interval }
        await current().invalidateCredentials()
    }

    private func current() -> ClusterAccess {
        let now = elapsed()
        let (access, isDue) = state.withLock { state in
            guard now - state.lookedAt >= Self.interval else { return (state.access, false) }
            state.lookedAt = now
            return (state.access, true)
        }
        return isDue ? renewed() ?? access : access
    }

    /// The new access where the source has changed, and with it the version.
    private func renewed() -> ClusterAccess? {
        let version = source.version()
        guard state.withLock({ $0.version != version }) else { return nil }
        do throws(KubeConfigError) {
            let access = try source.load()
            state.withLock { ($0.access, $0.version) = (access, version) }
            onRenewal(.success(access))
            return access
        } catch {
            state.withLock { $0.version = version }
            onRenewal(.failure(error))
            return nil
        }
    }
}
