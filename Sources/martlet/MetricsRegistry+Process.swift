internal import Observability

extension MetricsRegistry {
    /// The metrics of this process, with those that every process has.
    static func ofProcess() -> MetricsRegistry {
        let metrics = MetricsRegistry()
        ProcessMetrics.register(in: metrics)
        metrics.gauge("martlet_build_info", help: "The version that runs.", labels: ["version": Version.current]).set(1)
        return metrics
    }
}
