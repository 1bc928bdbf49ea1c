import KubeClient
import KubeModel
import Lifecycle
import Observability

extension RemoteConnection {
    /// How often the remote is asked whether it is there; a probe that takes longer delays the next one.
    ///
    /// Three failures in a row lose it: one that refuses is found out in 15 seconds, one that is silent in 26, and one
    /// that is silent and was slow before in 50.
    static let probeInterval = Duration.seconds(5)
    private static let secondLooks = 4

    /// Asks the remote for its version again and again: its answers are its health.
    func probe(onReturn: @Sendable () -> Void) async throws {
        var received = client.received.count
        while true {
            let started = ContinuousClock.now
            if try await isBackAfterProbe(since: received) { onReturn() }
            received = client.received.count
            let took = ContinuousClock.now - started
            try await clock.sleep(for: max(Self.probeInterval - took, .milliseconds(100)))
        }
    }

    /// - Parameter received: what the remote had sent by the end of the last probe.
    private func isBackAfterProbe(since received: Int) async throws -> Bool {
        let (limit, before, started) = (health.probeTimeout, client.received.count, ContinuousClock.now)
        do {
            let version = try await withTimeout(limit) { try await self.probes.version() }
            let took = ContinuousClock.now - started
            if health.needsIdentity { health.identified(try await withTimeout(limit) { try await self.knownID() }) }
            let wait = try await self.leastWait(version.answeredIn, limit: limit)
            return health.answered(version: version.gitVersion, took: took, wait: wait)
        } catch is CancellationError {
            throw CancellationError()
        } catch let error as APIError {
            return failed(ProbeFailure(error), received: (received, before))
        } catch {
            let message = "no answer within \(limit.inWholeSeconds) s"
            return failed(ProbeFailure(kind: .silent, message: message), received: (received, before))
        }
    }

    /// An answer that is late by what was known has waited for a processor, or the way has become longer: a few more
    /// requests tell.
    private func leastWait(_ first: Duration, limit: Duration) async throws -> Duration {
        var least = first
        for _ in 0..<Self.secondLooks where health.isLate(least) {
            let again = try await withTimeout(limit) { try await self.probes.version() }
            least = min(least, again.answeredIn)
        }
        return least
    }

    /// The UID of the namespace kube-system, which lives as long as the cluster; nil where we may not read it.
    private func knownID() async throws -> String? {
        do {
            return try await probes.clusterID()
        } catch let error as APIError where error.code == .forbidden || error.code == .notFound {
            return nil
        }
    }

    private func failed(_ failure: ProbeFailure, received: (byLastProbe: Int, before: Int)) -> Bool {
        logger.debug("Probe failed", ["reason": failure.reason, "error": failure.message])
        let signs = RemoteSigns(
            duringProbe: client.received.count != received.before,
            sinceLastProbe: received.before != received.byLastProbe
        )
        return health.failed(failure, signs: signs)
    }
}

extension Duration {
    fileprivate var inWholeSeconds: Int64 { components.seconds }
}
