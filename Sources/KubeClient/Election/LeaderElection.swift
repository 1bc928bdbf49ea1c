import KubeModel
import Lifecycle
package import Observability
import Synchronization

/// Lets one process at a time do a piece of work, by a Lease (the rules of client-go's `tools/leaderelection`).
///
/// The guarded work must stop when it is cancelled, and the process should end when leadership is lost. There is no
/// fencing: a leader that was frozen for longer than the lease may find itself not alone for a moment.
package struct LeaderElection: Sendable {
    let client: APIClient
    let namespace: String
    let name: String
    let identity: String
    let timing: ElectionTiming
    let clock: any Clock<Duration>
    let elapsed: @Sendable () -> Duration
    let now: @Sendable () -> Duration
    let logger: Logger
    private let random: any RandomNumberGenerator & Sendable
    private let isLeader: Gauge

    /// - Parameters:
    ///   - name: of the Lease, and the label of `leader_election_master_status`.
    ///   - identity: of this process; no other may ever have it.
    ///   - clock: judges expiry; must count the time that the machine sleeps.
    ///   - now: time since 1970, for what is written.
    package init(
        client: APIClient,
        namespace: String,
        name: String,
        identity: String,
        timing: ElectionTiming = .standard,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Duration = WallClock.sinceEpoch,
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        self.client = client
        self.namespace = namespace
        self.name = name
        self.identity = identity
        self.timing = timing
        self.clock = clock
        elapsed = Stopwatch.start(clock)
        self.now = now
        self.random = random
        self.logger = logger.with(["lease": "\(namespace)/\(name)", "identity": identity])
        isLeader = metrics.gauge(
            "leader_election_master_status",
            help: "1 while this process leads.",
            labels: ["name": name]
        )
    }

    /// Waits for leadership, works, and gives it up once the work has ended.
    ///
    /// - Throws: `LeadershipLost` if the lease could not be kept, after the work has stopped; what the work throws;
    ///   `CancellationError`.
    package func withLeadership<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
        let state = try await acquire()
        logger.info("Became leader")
        isLeader.set(1)
        defer { isLeader.set(0) }
        let result = await guarded(state, body)
        if let loss = result.loss {
            logger.error("Lost leadership", ["error": loss.description])
            throw loss
        }
        // Even a cancelled leader tells the others that they need not wait. Owned by this function, which awaits it.
        await Task { await release() }.value
        return try result.work.get()
    }

    private struct GuardedResult<T: Sendable> {
        let work: Result<T, any Error>
        let loss: LeadershipLost?
    }

    private enum Member<T: Sendable>: Sendable {
        case worked(Result<T, any Error>)
        case stoppedRenewing(LeadershipLost?)
    }

    /// Works beside the renewal; the end of one ends the other.
    private func guarded<T: Sendable>(
        _ state: ElectionState,
        _ body: @escaping @Sendable () async throws -> T
    ) async -> GuardedResult<T> {
        await withTaskGroup(of: Member<T>.self) { group in
            group.addTask {
                do { return .worked(.success(try await body())) } catch { return .worked(.failure(error)) }
            }
            group.addTask { .stoppedRenewing(await self.renew(state)) }
            var work: Result<T, any Error> = .failure(CancellationError())
            var loss: LeadershipLost?
            for await member in group {
                group.cancelAll()
                switch member {
                case .worked(let result): work = result
                case .stoppedRenewing(let reason): loss = reason
                }
            }
            return GuardedResult(work: work, loss: loss)
        }
    }

    private func acquire() async throws -> ElectionState {
        var state = ElectionState(identity: identity, fallbackDuration: timing.leaseDuration)
        var random = random
        while true {
            do {
                let attempt = try await bounded(timing.renewDeadline, state)
                state = attempt.state
                if attempt.leads { return state }
            } catch {
                try Task.checkCancellation()
                logger.warning("Cannot ask for leadership", ["error": "\(error)"])
            }
            let jitter = Double.random(in: 0...ElectionTiming.jitter, using: &random)
            try await clock.sleep(for: timing.retryPeriod * (1 + jitter))
        }
    }

    /// Renews until cancelled, which is no loss, or until the deadline has passed or another one holds the lease.
    private func renew(_ state: ElectionState) async -> LeadershipLost? {
        var state = state
        var renewedAt = state.writtenAt ?? elapsed()
        while true {
            do {
                try await clock.sleep(for: timing.retryPeriod)
                let left = renewedAt + timing.renewDeadline - elapsed()
                guard left > .zero else { return LeadershipLost("not renewed for \(timing.renewDeadline)") }
                let attempt = try await bounded(left, state)
                state = attempt.state
                guard attempt.leads else { return LeadershipLost("held by \(state.holder ?? "nobody")") }
                renewedAt = state.writtenAt ?? renewedAt
            } catch {
                if Task.isCancelled { return nil }
                logger.warning("Cannot renew leadership", ["error": "\(error)"])
            }
        }
    }

    private func bounded(_ limit: Duration, _ state: ElectionState) async throws -> Attempt {
        try await withTimeout(limit, clock: clock) { try await attempt(state) }
    }
}

/// Another process may lead now, or nobody could be asked for too long.
package struct LeadershipLost: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
