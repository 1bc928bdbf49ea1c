import KubeClient
import KubeModel
import Observability

extension RemoteCluster {
    /// What the parts of a remote cluster have in common.
    struct Surroundings {
        let connection: RemoteConnection
        let origin: APIClient
        let identity: DelegateIdentity
        let source: RemoteNodeSource
        let events: EventRecorder
        let clock: any Clock<Duration>
        let now: @Sendable () -> Duration
        let logger: Logger
        let metrics: MetricsRegistry

        var remote: APIClient { connection.client }
    }
}

extension RemoteCluster.Surroundings {
    /// Tells a pod's owner something.
    var tellPod: TokenKeeper.Tell {
        { [events] pod, uid, reason, message in
            let object = ObjectReference(
                apiVersion: "v1",
                kind: "Pod",
                namespace: pod.namespace,
                name: pod.name,
                uid: uid
            )
            events.record(about: object, type: .warning, reason: reason, message: message)
        }
    }

    func accounts(_ policy: ServiceAccountPolicy, cluster: String, cache: DelegateCache) -> AccountDesk {
        switch policy {
        case .none: .none
        case .remote: .remote(RemoteAccounts(client: remote, cluster: cluster))
        case .origin(let server): .origin(server, keeper(server, cache))
        }
    }

    private func keeper(_ server: OriginServer, _ cache: DelegateCache) -> TokenKeeper {
        TokenKeeper(
            cache: cache,
            secrets: connection.tokenSecrets,
            need: connection.tokenNeed,
            remote: remote,
            issuer: TokenIssuer(origin: origin, server: server, now: now),
            identity: identity,
            isReachable: { [source] in source.isReachable },
            tell: tellPod,
            clock: clock,
            now: now,
            logger: logger,
            metrics: metrics
        )
    }

    func claims(
        _ settings: ClaimSettings,
        place: @escaping @Sendable (ObjectKey) -> ObjectKey
    ) -> ClaimController {
        ClaimController(
            origin: settings.origin,
            remote: remote,
            remoteClaims: connection.claims,
            need: connection.claimNeed,
            identity: identity,
            storageClasses: settings.storageClasses,
            namespaces: connection.namespaces,
            place: place,
            isReachable: { [source] in source.isReachable },
            tell: { [events] claim, reason, message in
                let object = ObjectReference(.persistentVolumeClaims, claim.metadata)
                events.record(about: object, type: .warning, reason: reason, message: message)
            },
            clock: clock,
            logger: logger,
            metrics: metrics
        )
    }
}
