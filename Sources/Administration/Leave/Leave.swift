package import KubeClient
import KubeModel
import Lifecycle
import Providers
import Synchronization

/// Takes a cluster that was joined away again.
///
/// The Secret that brought it says how far that has come, and goes last: the same command, started again at any point,
/// goes on from there.
package final class Leave: Sendable {
    /// What is asked for.
    package struct Request: Sendable {
        package let cluster: String
        /// Where Secrets of the origin bring clusters.
        package let namespace: String
        /// Whether pods are evicted that have no controller.
        package var force = false
        /// Whether the remote's claims behind those of the origin go too, and what is in them.
        package var deletesVolumes = false

        package init(cluster: String, namespace: String) {
            self.cluster = cluster
            self.namespace = namespace
        }
    }

    /// How the cluster goes.
    package enum Way: Sendable {
        /// With its pods moved, and nothing left in it.
        case moving
        /// With its pods where they are, for a later join.
        case detaching
        /// Without its word on what runs there.
        case abandoning
    }

    let request: Request
    let origin: APIClient
    let report: Report
    let clock: any Clock<Duration>
    private let makeClient: @Sendable (ClusterAccess) -> APIClient
    private let phase = Mutex("looking at the origin")

    /// - Parameters:
    ///   - origin: calls the origin as somebody who may evict pods, and delete nodes and Secrets.
    ///   - makeClient: for calls of the remote with what the Secret holds.
    package init(
        _ request: Request,
        origin: APIClient,
        makeClient: @escaping @Sendable (ClusterAccess) -> APIClient,
        report: Report,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.request = request
        self.origin = origin
        self.makeClient = makeClient
        self.report = report
        self.clock = clock
    }

    var cluster: String { request.cluster }

    /// What stands of the cluster.
    struct Sight: Sendable {
        let plan: LeavePlan
        /// The cluster's virtual nodes, as its own objects name them.
        let owners: DelegateOwners
        let account: JoinedAccount
        /// Nil where the Secret holds nothing to reach the remote with.
        let remote: APIClient?

        var nodes: [JSON] { plan.view.nodes }
        var secret: ClusterSecret? { plan.secret }
    }

    /// Moves the pods elsewhere, and takes everything away.
    ///
    /// - Throws: ``Refusal``, ``NotFinished``, `APIError`, `KubeConfigError`, `CancellationError`.
    package func run(within limit: Duration) async throws {
        try await bounded(limit) { [self] in
            let sight = try await look()
            if let refusal = sight.plan.leaveRefusal { throw refusal }
            guard sight.plan.isThere else { return report.note("Nothing of \(cluster) stands in the origin") }
            try await empty(sight)
            try await stopService(sight)
            let isEmpty = try await clean(sight)
            try await remove(sight, isEmpty: isEmpty)
        }
    }

    func bounded(_ limit: Duration, _ body: @escaping @Sendable () async throws -> Void) async throws {
        do {
            try await withTimeout(limit, clock: clock, body)
        } catch is TimeoutError {
            throw NotFinished(cluster: cluster, phase: phase.withLock { $0 }, limit: limit)
        }
    }

    /// Says what comes now.
    func begin(_ text: String) {
        phase.withLock { $0 = text }
        report.note(text.prefix(1).uppercased() + text.dropFirst())
    }

    /// - Parameter isAway: whether the cluster is expected not to answer, so that a Secret that leads nowhere is no error.
    func look(isAway: Bool = false) async throws -> Sight {
        let view = try await OriginView(of: cluster, namespace: request.namespace, by: origin)
        let plan = LeavePlan(cluster: cluster, view: view)
        if let refusal = plan.refusal { throw refusal }
        let access = try plan.secret.flatMap { try remoteAccess(by: $0, isAway: isAway) }
        return Sight(
            plan: plan,
            owners: DelegateOwners(originID: view.originID, nodeNames: plan.nodeNames),
            account: JoinedAccount(cluster: cluster, originID: view.originID),
            remote: access.map(makeClient)
        )
    }

    private func remoteAccess(by secret: ClusterSecret, isAway: Bool) throws -> ClusterAccess? {
        guard secret.kubeconfig != nil else { return nil }
        do {
            return try secret.access()
        } catch {
            guard isAway else { throw error }
            report.note("Nobody can ask \(cluster): \(error)")
            return nil
        }
    }
}

/// A cluster did not leave within the time that was given.
package struct NotFinished: Error, CustomStringConvertible {
    let cluster: String
    let phase: String
    let limit: Duration

    package var description: String {
        "\(cluster) has not left within \(limit); the last was: \(phase). The same command goes on from there"
    }
}
