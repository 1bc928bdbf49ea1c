import KubeClient
import KubeModel
import Lifecycle
import Observability

extension RemoteCluster {
    /// How often the remote is asked whether it is there, and how long it may take to answer: with three failures in a
    /// row, one that refuses is found out in 15 seconds and one that is silent in 45 at the most, and a link that is
    /// gone for some seconds moves no pod.
    static let probeInterval = Duration.seconds(5)
    static let probeTimeout = Duration.seconds(10)

    package func run() async throws {
        let recovered = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await self.probe { recovered.continuation.yield() } }
            group.addTask { try await self.follow(recovered.stream) }
        }
    }

    /// Follows the remote's objects. When the remote is back after an outage all are listed anew at once, rather than
    /// when each watch's own back-off lets it.
    private func follow(_ recovered: AsyncStream<Void>) async throws {
        while true {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.runReflectors() }
                group.addTask { for await _ in recovered { return } }
                // The first to end is the recovery, or a reflector's failure, which is thrown.
                try await group.next()
                try Task.checkCancellation()
                group.cancelAll()
            }
        }
    }

    private func runReflectors() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await self.reflector(.pods, self.cache.store, self.identity.labelSelector).run() }
            group.addTask { try await self.reflector(.nodes, self.source.nodes, nil).run() }
            group.addTask {
                try await self.reflector(
                    .pods,
                    self.source.foreignPods,
                    self.identity.foreignSelector,
                    fieldSelector: "status.phase!=Succeeded,status.phase!=Failed,spec.nodeName!="
                ).run()
            }
        }
    }

    private func reflector<Object: KubeObject>(
        _ resource: Resource,
        _ store: ObjectStore<Object>,
        _ labelSelector: String?,
        fieldSelector: String? = nil
    ) -> Reflector<Object> {
        Reflector(
            client: client,
            resource: resource,
            labelSelector: labelSelector,
            fieldSelector: fieldSelector,
            store: store,
            startsWithNewest: true,
            logger: logger,
            metrics: metrics,
            onState: { [source] state in
                if state == .connected { source.listed() }
            }
        )
    }

    /// Asks the remote for its version again and again: its answers are its health.
    private func probe(onRecovery: @Sendable () -> Void) async throws {
        // A remote that was down from the start has let the watches' back-off grow as well as one that went down later.
        var hasFailed = false
        while true {
            let started = ContinuousClock.now
            do {
                let version = try await withTimeout(Self.probeTimeout) { try await self.client.version() }
                let recovered = source.answered(version: version.gitVersion, roundTrip: ContinuousClock.now - started)
                if recovered && hasFailed { onRecovery() }
                hasFailed = false
            } catch is CancellationError {
                throw CancellationError()
            } catch let error as APIError where error.code == .tooManyRequests {
                logger.debug("Probe throttled", ["error": error.message])
            } catch let error as APIError {
                hasFailed = true
                source.failed("Cluster \(name) can't be reached: \(error.message)")
            } catch {
                hasFailed = true
                source.failed("Cluster \(name) has not answered for \(Self.probeTimeout).")
            }
            try await clock.sleep(for: Self.probeInterval)
        }
    }
}
