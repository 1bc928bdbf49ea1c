internal import KubeModel
internal import Transport

/// What `/configz` says: of a kubelet's settings (kubelet.config.k8s.io/v1beta1) those that a virtual node has, and no
/// others.
struct KubeletConfiguration: Sendable {
    /// Where the endpoint listens.
    var address = "0.0.0.0"
    var port = 0
    /// How long a stream may be silent.
    var streamIdleTime = HTTPServerLimits().tunnelIdleTime
    /// The most pods that the node ever shows room for; nil for as many as its cluster has room for.
    var podLimit: Int64?

    /// - Parameter maxPods: how many pods the node's cluster has room for; nil while that is not known.
    func json(maxPods: Int64?) -> JSON {
        var settings: JSON = [
            "enableServer": true, "address": .string(address), "port": .int(Int64(port)), "readOnlyPort": 0,
            "streamingConnectionIdleTimeout": Self.text(streamIdleTime),
            "authentication": [
                "anonymous": ["enabled": false],
                "webhook": ["enabled": true, "cacheTTL": Self.text(KubeletAuthenticator.tokenLifetime)],
            ],
            "authorization": [
                "mode": "Webhook",
                "webhook": [
                    "cacheAuthorizedTTL": Self.text(KubeletAuthorizer.allowedLifetime),
                    "cacheUnauthorizedTTL": Self.text(KubeletAuthorizer.deniedLifetime),
                ],
            ],
        ]
        settings["maxPods"] = maxPods.map { .int(min($0, podLimit ?? .max)) }
        return ["kubeletconfig": settings]
    }

    /// As Go reads a duration; settings are whole seconds.
    private static func text(_ duration: Duration) -> JSON { .string("\(duration.components.seconds)s") }
}

extension KubeletConfiguration {
    init(_ settings: NodeSettings, _ host: KubeletHost) {
        address = host.listenAddress
        port = settings.kubeletPort
        streamIdleTime = host.limits.tunnelIdleTime
        podLimit = settings.limits["pods"]?.value
    }
}
