import KubeClient

/// Whether what delegates use can be known in a cluster whose kubelets may not be asked: by its metrics API.
struct UsageCheck: Sendable {
    let client: APIClient

    private static let loss = "nor may kubelets be asked: kubectl top and HPAs know nothing of pods in this cluster"
    private static let otherWay = "or kubectl apply -f docs/rbac/remote-kubelets.yaml"

    /// - Throws: `APIError`, `CancellationError`.
    func finding() async throws -> Finding {
        do {
            guard try await client.serves(.podMetrics) else {
                return Finding(
                    "metrics API",
                    .optional,
                    "no metrics.k8s.io is served; \(Self.loss)",
                    remedy: "install metrics-server in the cluster, \(Self.otherWay)"
                )
            }
            return Finding("metrics API", .ok, "metrics.k8s.io is served, for what delegates use")
        } catch let error as APIError where error.status != nil {
            // A 503 is the API server's word for one behind it that does not answer.
            return Finding(
                "metrics API",
                .optional,
                "metrics.k8s.io is not served (\(error)); \(Self.loss)",
                remedy: "look at kubectl get apiservice v1beta1.metrics.k8s.io in the cluster, \(Self.otherWay)"
            )
        }
    }
}
