import Foundation
import KubeClient
import Observability
import Transport

/// API clients for the benchmark's own programs.
enum Clients {
    /// A client without a budget of its own: the cluster's speed is what is measured.
    static func unlimited(
        _ access: some ClusterEndpoint,
        cluster: String,
        http: any HTTPClient,
        metrics: MetricsRegistry
    ) -> APIClient {
        APIClient(
            access: access,
            http: http,
            userAgent: "martlet-bench",
            logger: Logger(label: "bench", level: .warning, format: .text),
            metrics: metrics,
            cluster: cluster,
            budget: RequestBudget(.unlimited)
        )
    }

    /// The way in that a kubeconfig file names.
    static func access(kubeconfig path: String) throws -> ClusterAccess {
        try KubeConfig.load(paths: path, context: nil, environment: ProcessInfo.processInfo.environment)
    }
}
