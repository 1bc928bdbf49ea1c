package import KubeClient
internal import KubeModel
internal import Lifecycle
package import Observability

/// Renews the lease of one node for as long as the process lives, whatever becomes of the remote cluster: the origin
/// must see a remote outage as our statement, not as our silence.
///
/// The rules are those of a kubelet (component-helpers, apimachinery/lease): 40 s, renewed every quarter of that, owned
/// by the Node, made again when somebody deletes it. One is not: `renewTime` never goes back (``LeaseRecord``).
package struct NodeLease: Service {
    private let nodeName: String
    private let duration: Duration
    private let client: APIClient
    private let state: VirtualNodeState
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Duration
    private let logger: Logger
    private let failuresTotal: Counter

    /// - Parameters:
    ///   - client: Of the origin.
    ///   - now: Time since 1970.
    package init(
        nodeName: String,
        duration: Duration = .seconds(40),
        client: APIClient,
        state: VirtualNodeState,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Duration = WallClock.sinceEpoch,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        self.nodeName = nodeName
        self.duration = duration
        self.client = client
        self.state = state
        self.clock = clock
        self.now = now
        self.logger = logger
        failuresTotal = metrics.counter(
            "martlet_node_lease_failures_total",
            help: "Renewals of the node's lease that failed.",
            labels: ["cluster": nodeName]
        )
    }

    private var renewInterval: Duration { duration / 4 }
    /// After so long without an answer to a renewal the origin counts as out of reach: more than one try that took all its
    /// time. By the next try, which is 17.5 s later at the most, that is before it gives up the node: after 40 s
    /// (kubernetes, `--node-monitor-grace-period`).
    private var patience: Duration { duration * 11 / 20 }
    private static let backoff = Backoff(base: .milliseconds(200), cap: .seconds(5), jitter: 0.5)

    package func run() async throws {
        var failures = 0
        var renewed: Duration?
        let elapsed = Stopwatch.start(clock)
        var last: Duration?
        while true {
            let uid = try await state.waitUntilRegistered()
            let begin = elapsed()
            // Before the try, so that it is known by when one gets through, also in a process that stood still.
            if begin - (last ?? begin) >= patience { state.set(seesOrigin: false) }
            last = last ?? begin
            do {
                renewed = try await withTimeout(renewInterval) { [renewed] in try await renew(uid, after: renewed) }
                failures = 0
                last = begin
                state.set(seesOrigin: true)
                try await clock.sleep(for: renewInterval)
            } catch {
                try Task.checkCancellation()
                // Who refuses is there: that is no outage, and lists of pods may well be answered.
                if let error = error as? APIError, [.unauthorized, .forbidden].contains(error.code) { last = begin }
                failures += 1
                failuresTotal.increment()
                logger.warning("Cannot renew the node's lease", ["error": "\(error)", "failures": "\(failures)"])
                try await clock.sleep(for: Self.backoff.delay(failures: failures))
            }
        }
    }

    /// Gives back the lease of a node that nobody serves any more, because its cluster is no longer wanted: whoever takes
    /// the node away need not wait for the lease to last out.
    ///
    /// - Throws: `APIError`, `CancellationError`.
    package static func release(_ nodeName: String, by client: APIClient) async throws {
        do {
            _ = try await client.patch(
                .leases,
                namespace: LeaseRecord.namespace,
                name: nodeName,
                type: .merge,
                body: ["spec": .object(["holderIdentity": .null])]
            )
        } catch let error as APIError where error.code == .notFound {
            return
        }
    }

    /// - Parameter last: The time of the renewal before, if it is known here.
    /// - Returns: That of this one.
    private func renew(_ nodeUID: UID, after last: Duration?) async throws -> Duration {
        let record = LeaseRecord(nodeName: nodeName, nodeUID: nodeUID, duration: duration)
        let last = if let last { last } else { try await writtenTime() }
        let time = LeaseRecord.renewTime(now: now(), after: last)
        do {
            _ = try await client.patch(
                .leases,
                namespace: LeaseRecord.namespace,
                name: nodeName,
                type: .merge,
                body: record.renewal(at: time)
            )
        } catch let error as APIError where error.code == .notFound {
            _ = try await client.create(.leases, namespace: LeaseRecord.namespace, object: record.object(at: time))
            logger.info("Created the node's lease")
        }
        return time
    }

    /// The time that the process before this one wrote, by a clock that may have been another. Not worth a node where it
    /// may not be read: a role of an earlier release does not let us.
    private func writtenTime() async throws -> Duration {
        do {
            let lease = try await client.find(.leases, namespace: LeaseRecord.namespace, name: nodeName)
            return .seconds((lease?.at("spec", "renewTime")?.string).flatMap(Timestamp.parse) ?? 0)
        } catch let error as APIError where error.code == .forbidden {
            logger.warning("Cannot read the node's lease; it is renewed all the same", ["error": "\(error)"])
            return .zero
        }
    }
}
