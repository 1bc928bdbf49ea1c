import KubeClient
import KubeModel
import Lifecycle
import Observability

extension RemoteConnection {
    /// Follows the remote and asks it whether it is there, until cancelled.
    package func run() async throws {
        let recovered = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await self.probe { recovered.continuation.yield() } }
            // When the remote is back after an outage all is listed anew at once, rather than when each watch's own
            // back-off lets it.
            group.addTask { try await runAnew(at: recovered.stream) { try await self.runReflectors() } }
            guard self.events.isOn else { return }
            group.addTask {
                try await self.delegates.waitUntilSynced()
                try await self.firstDelegate.wait()
                try await self.events.run()
            }
        }
    }

    private func runReflectors() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                try await self.reflector(
                    .pods,
                    self.delegates,
                    self.owners.labelSelector,
                    name: CapacityAssumption.delegates,
                    isTruth: true
                ).run()
            }
            group.addTask {
                try await self.reflector(.nodes, self.nodes, nil, name: CapacityAssumption.nodes).run()
            }
            if self.interests.claims {
                let selector = RemoteClaim.selector(self.owners)
                group.addTask {
                    try await self.reflector(
                        .persistentVolumeClaims,
                        self.claims,
                        selector,
                        name: "claims",
                        need: self.claimNeed
                    ).run()
                }
            }
            if self.interests.tokens {
                let selector = TokenSecret.selector(self.owners)
                group.addTask {
                    try await self.reflector(
                        .secrets,
                        self.tokenSecrets,
                        selector,
                        name: "token Secrets",
                        need: self.tokenNeed
                    ).run()
                }
            }
            for kind in [PodReference.Kind.configMap, .secret] {
                group.addTask { try await self.copyReflector(kind).run() }
            }
            group.addTask {
                try await self.reflector(
                    .pods,
                    self.foreignPods,
                    self.owners.foreignSelector,
                    fieldSelector: "status.phase!=Succeeded,status.phase!=Failed,spec.nodeName!=",
                    name: CapacityAssumption.others
                ).run()
            }
        }
    }

    private func reflector<Object: KubeObject>(
        _ resource: Resource,
        _ store: ObjectStore<Object>,
        _ labelSelector: String?,
        fieldSelector: String? = nil,
        name: String,
        isTruth: Bool = false,
        need: Latch? = nil
    ) -> Reflector<Object> {
        let visit = health.visit
        return Reflector(
            client: client,
            resource: resource,
            labelSelector: labelSelector,
            fieldSelector: fieldSelector,
            store: store,
            startsWithNewest: true,
            // After an outage the server's memory may be as old as the outage.
            distrustsStore: isTruth && visit > 0,
            need: need,
            logger: logger,
            metrics: metrics,
            onState: { [health] state in
                switch state {
                case .connected: health.connected(name, visit: visit, isTruth: isTruth)
                case .failing(let error, _): health.failing(name, error)
                }
            }
        )
    }

    /// Follows the copies of this origin, and no object of others.
    private func copyReflector(_ kind: PodReference.Kind) -> Reflector<CopyHeader> {
        let visit = health.visit
        return Reflector(
            client: client,
            resource: kind.resource,
            labelSelector: DependentCopy.labelSelector(originID: owners.originID),
            store: copies[kind],
            startsWithNewest: true,
            need: copies.need(of: kind),
            logger: logger,
            metrics: metrics,
            onState: { [copies, health] state in
                copies.note(state, of: kind)
                switch state {
                case .connected: health.connected("copies of \(kind.rawValue)s", visit: visit, isTruth: false)
                case .failing(let error, _): health.failing("copies of \(kind.rawValue)s", error)
                }
            }
        )
    }
}
