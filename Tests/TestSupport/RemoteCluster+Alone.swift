package import KubeClient
package import Observability
package import Providers

extension RemoteCluster {
    /// With a connection of its own.
    ///
    /// - Parameters:
    ///   - client: calls the remote.
    ///   - clock: measures the time between probes of the remote's health.
    ///   - now: time since 1970.
    package convenience init(
        name: String,
        client: APIClient,
        origin: APIClient,
        sources: DependentSources,
        identity: DelegateIdentity,
        settings: TranslationSettings = TranslationSettings(),
        capacity: CapacitySettings = CapacitySettings(),
        serviceAccounts: ServiceAccountPolicy = .none,
        claims: ClaimSettings? = nil,
        events: EventRecorder,
        dependents: DependentOptions = DependentOptions(),
        logger: Logger,
        metrics: MetricsRegistry,
        feedback: RemoteFeedback = RemoteFeedback(),
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Duration = WallClock.sinceEpoch
    ) {
        self.init(
            connection: RemoteConnection(
                name: name,
                client: client,
                originID: identity.originID,
                members: [RemoteConnection.Member(nodeName: identity.nodeName, settings: settings)],
                interests: RemoteConnection.Interests(
                    claims: claims != nil,
                    tokens: serviceAccounts.suppliesTokens,
                    events: feedback.events
                ),
                logger: logger,
                metrics: metrics,
                clock: clock,
                now: now
            ),
            ownsConnection: true,
            origin: origin,
            sources: sources,
            identity: identity,
            settings: settings,
            capacity: capacity,
            serviceAccounts: serviceAccounts,
            claims: claims,
            events: events,
            dependents: dependents,
            feedback: feedback,
            clock: clock,
            now: now
        )
    }
}
