import KubeClient
import KubeModel
import Observability
import Synchronization

/// What delegates use: by their kubelets' own word where the remote lets us ask them (`nodes/proxy`), by its metrics API
/// where it does not, or where they have no such page. Where neither is to be had, or who should answer fails, nothing is
/// said rather than zeros.
final class RemoteUsage: UsageSource {
    /// How long a no is believed before the kubelets are asked again: a right may be given at any time.
    private static let patience = Duration.seconds(60)

    private let cluster: String
    private let kubelets: RemoteKubelets
    private let metrics: ClusterMetrics
    private let counters = UsageCounters()
    private let delegates: ObjectStore<Delegate>
    private let nodes: ObjectStore<RemoteNode>
    private let isReachable: @Sendable () -> Bool
    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    /// What the kubelets last refused with, and until when they are not asked.
    private let refusal = Mutex<(message: String, until: ContinuousClock.Instant)?>(nil)

    init(
        cluster: String,
        client: APIClient,
        labelSelector: String,
        delegates: ObjectStore<Delegate>,
        nodes: ObjectStore<RemoteNode>,
        isReachable: @escaping @Sendable () -> Bool,
        logger: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.cluster = cluster
        kubelets = RemoteKubelets(client: client)
        metrics = ClusterMetrics(client: client, labelSelector: labelSelector)
        self.delegates = delegates
        self.nodes = nodes
        self.isReachable = isReachable
        self.logger = logger
        self.now = now
    }

    func page(_ page: MetricsPage, of pods: [UID: ObjectKey]) async throws -> UsagePage {
        try await answer(of: pods, on: .resource) { nodes, voice in
            // Other pages than that of resources have no other source.
            try await kubelets.page(page, on: nodes, voice)
        } otherwise: { usage in
            guard page == .resource else { return nil }
            return UsagePage(resourcesOf: try await usage())
        }
    }

    func summary(_ detail: SummaryDetail, of pods: [UID: ObjectKey]) async throws -> UsageSummary {
        try await answer(of: pods, on: .summary(detail)) { nodes, voice in
            try await kubelets.summary(detail, on: nodes, voice)
        } otherwise: { usage in
            UsageSummary(of: try await usage())
        }
    }

    /// Asks the kubelets or, where they may not be asked or do not have the page, the metrics API. A kubelet that fails is
    /// no reason to ask another: what it counted would seem to have fallen.
    ///
    /// - Parameter otherwise: makes the answer of what the metrics API says; nil if that can't be.
    private func answer<Answer>(
        of pods: [UID: ObjectKey],
        on page: CounterContinuity.Page,
        _ ask: ([String: UsageSubjects], CounterVoice) async throws -> Answer,
        otherwise: (_ usage: () async throws -> [PodUsage]) async throws -> Answer?
    ) async throws -> Answer {
        guard isReachable() else {
            throw ProviderError(
                .unavailable,
                reason: "ClusterUnreachable",
                message: "Cluster \(cluster) can't be reached."
            )
        }
        let places = try self.places(of: pods)
        let present = Set(delegates.objects.map(\.instance.instanceUID))
        counters.keep(present)
        let refusal: RemoteKubelets.Refusal
        do {
            if let known = self.refusal.withLock({ $0 }), known.until > now() {
                throw RemoteKubelets.Refusal.forbidden(known.message)
            }
            return try await ask(places.byNode, counters.voice(of: .kubelet, on: page))
        } catch let error as RemoteKubelets.Refusal {
            note(error)
            refusal = error
        }
        if case .failed = refusal { throw Self.error(cluster, refusal) }
        do {
            let voice = counters.voice(of: .metricsAPI, on: page)
            let other = try await otherwise { try await metrics.usage(of: places.all, present: present, voice) }
            guard let other else { throw Self.error(cluster, refusal) }
            return other
        } catch let error as APIError {
            throw ProviderError(
                .unavailable,
                reason: "NoMetrics",
                message: "Cluster \(cluster) does not tell what pods use. Its kubelets: \(refusal.message). "
                    + "Its metrics API: \(error.message)"
            )
        }
    }

    private func note(_ refusal: RemoteKubelets.Refusal) {
        guard case .forbidden(let message) = refusal else { return }
        let until = now() + Self.patience
        let isNew = self.refusal.withLock { known in
            defer { known = (message, until) }
            return known == nil
        }
        guard isNew else { return }
        logger.info("The cluster's kubelets may not be asked what pods use; its metrics API is", ["reason": message])
    }

    private static func error(_ cluster: String, _ refusal: RemoteKubelets.Refusal) -> ProviderError {
        switch refusal {
        case .forbidden(let message), .absent(let message):
            ProviderError(.rejected, reason: "NoSuchPage", message: "Cluster \(cluster): \(message)")
        case .failed(let message):
            ProviderError(.unavailable, reason: "KubeletsUnavailable", message: "Cluster \(cluster): \(message)")
        }
    }
}

// MARK: - Whom to ask

extension RemoteUsage {
    /// Delegates by the nodes that run them, and all of them.
    private struct Places {
        var byNode: [String: UsageSubjects] = [:]
        var all = UsageSubjects()
    }

    /// Nodes that are not ready are left out: nobody there would answer, and what they run is not known.
    private func places(of pods: [UID: ObjectKey]) throws -> Places {
        var places = Places()
        for delegate in delegates.objects where delegate.isAtItsPlace {
            let instance = delegate.instance
            guard let key = pods[instance.podUID], !instance.isTerminal, let node = delegate.nodeName else {
                continue
            }
            let subject = try UsageSubjects.Subject(instance, key: key)
            places.all.add(subject, at: instance.instanceKey)
            guard nodes.get(ObjectKey(namespace: "", name: node))?.isReady ?? false else { continue }
            places.byNode[node, default: UsageSubjects()].add(subject, at: instance.instanceKey)
        }
        return places
    }
}
