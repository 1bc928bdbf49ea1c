internal import KubeClient
internal import Observability
internal import Transport

/// Makes API clients that share one transfer loop; each has its own budget of requests.
struct ClientFactory: Sendable {
    let http: any HTTPClient
    let options: OptionValues
    let logger: Logger
    let metrics: MetricsRegistry

    /// A client with a budget of its own, as the options allow.
    ///
    /// - Parameter cluster: The value of the metric label.
    func client(_ access: any ClusterEndpoint, cluster: String) -> APIClient {
        let qps = Double(options.integer(.kubeAPIQPS))
        return make(access, cluster, .limited(qps: qps, burst: options.integer(.kubeAPIBurst)))
    }

    /// A client for leases and node status alone, which must not wait behind a thousand pods. A kubelet keeps one for
    /// the same reason.
    func heartbeats(_ access: any ClusterEndpoint, cluster: String) -> APIClient {
        make(access, cluster, .standard)
    }

    private func make(_ access: any ClusterEndpoint, _ cluster: String, _ limit: RequestBudget.Limit) -> APIClient {
        APIClient(
            access: access,
            http: http,
            userAgent: Version.userAgent,
            logger: logger,
            metrics: metrics,
            cluster: cluster,
            budget: RequestBudget(limit)
        )
    }
}
