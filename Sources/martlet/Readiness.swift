internal import Observability
internal import Synchronization
internal import VirtualNode

/// What `/readyz` says: whether the process has seen what it works on, the origin's pods and each cluster that it
/// serves (`docs/decisions/0023-ready-without-a-cluster.md`). One that serves none, as a standby, is ready.
final class Readiness: Sendable {
    /// How long a cluster is awaited. One that answers nothing is lost before (`docs/architecture.md`, Health); one that
    /// answers and can't be listed must not keep the others' process from being ready.
    static let patience = Duration.seconds(60)

    let checks = HealthChecks(name: "readyz", failureStatus: 503)
    /// Of each cluster, whether the origin has told its pods.
    private let served = Mutex<[String: @Sendable () -> Bool]>([:])
    private let now: @Sendable () -> ContinuousClock.Instant

    /// What is not known at first is which clusters there are.
    init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.now = now
        awaitClusters()
        checks.register("origin-pods") { [weak self] in
            let clusters = self?.served.withLock { Array($0.values) } ?? []
            return clusters.allSatisfy { $0() } ? nil : "the origin has not told its pods yet"
        }
    }

    /// Keeps the process from being ready until all that bring clusters have told theirs, which must not take for ever:
    /// Secrets may be ones that can't be listed.
    func awaitClusters() {
        let (now, end) = (now, now() + Self.patience)
        checks.register(standingOf: Self.clusters) {
            let reason = "not all that bring clusters have told theirs"
            return now() < end ? .failed(reason) : .noted(reason)
        }
    }

    /// From now on only the clusters that were added are asked for. The check goes, rather than turn good: who looks at
    /// this moment sees it fail, or the clusters' own.
    func knowClusters() {
        checks.unregister(Self.clusters)
    }

    /// Asks for a cluster, too, from now on.
    ///
    /// - Parameters:
    ///   - knowsPods: whether the origin has told the pods of its virtual nodes.
    ///   - progress: how far each of those has come.
    func add(
        _ cluster: String,
        knowsPods: @escaping @Sendable () -> Bool,
        progress: @escaping @Sendable () -> [NodeProgress]
    ) {
        served.withLock { $0[cluster] = knowsPods }
        let (now, end) = (now, now() + Self.patience)
        checks.register(standingOf: Self.check(of: cluster)) { Self.standing(of: progress(), isAwaited: now() < end) }
    }

    func remove(_ cluster: String) {
        served.withLock { $0[cluster] = nil }
        checks.unregister(Self.check(of: cluster))
    }

    private static let clusters = "clusters"

    private static func check(of cluster: String) -> String { "cluster-\(cluster)" }

    /// A cluster that is lost is noted, and keeps nobody from being ready.
    private static func standing(of nodes: [NodeProgress], isAwaited: Bool) -> HealthChecks.Standing {
        var note: String?
        for node in nodes {
            switch node {
            case .awaited(let reason) where isAwaited: return .failed("nothing is known of it yet: \(reason)")
            case .awaited(let reason): note = reason
            case .unusable(let reason): note = reason
            case .ready: break
            }
        }
        return note.map { .noted($0) } ?? .good
    }
}
