import KubeClient
import KubeModel
import Lifecycle
import Observability

extension RemoteCluster {
    package func run() async throws {
        defer { dependents.release() }
        let recovered = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await self.probe { recovered.continuation.yield() } }
            group.addTask { try await self.follow(recovered.stream) }
            if let keeper = self.accounts.keeper {
                group.addTask { try await keeper.run() }
            }
            group.addTask { try await self.dependents.run() }
            if self.remoteEvents.isOn {
                group.addTask {
                    try await self.waitUntilSynced()
                    try await self.remoteEvents.run()
                }
            }
            if let claims = self.claims {
                group.addTask { try await claims.run() }
            }
        }
    }

    /// Follows the remote's objects. When the remote is back after an outage all are listed anew at once, rather than
    /// when each watch's own back-off lets it.
    private func follow(_ recovered: AsyncStream<Void>) async throws {
        while true {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.runReflectors() }
                group.addTask { for await _ in recovered { return } }
                // The first to end is the recovery, or a reflector's failure, which is thrown.
                try await group.next()
                try Task.checkCancellation()
                group.cancelAll()
            }
        }
    }

    private func runReflectors() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                try await self.reflector(
                    .pods,
                    self.cache.store,
                    self.identity.labelSelector,
                    name: "delegates",
                    isTruth: true
                ).run()
            }
            group.addTask {
                try await self.reflector(.nodes, self.source.nodes, nil, name: CapacityAssumption.nodes).run()
            }
            if let claims = self.claims {
                let selector = RemoteClaim.selector(self.identity)
                group.addTask {
                    try await self.reflector(
                        .persistentVolumeClaims,
                        claims.remoteClaims,
                        selector,
                        name: "claims"
                    ).run()
                }
            }
            if let keeper = self.accounts.keeper {
                let selector = TokenSecret.selector(self.identity)
                group.addTask {
                    try await self.reflector(.secrets, keeper.secrets, selector, name: "token Secrets").run()
                }
            }
            for kind in [PodReference.Kind.configMap, .secret] {
                group.addTask { try await self.copyReflector(kind).run() }
            }
            group.addTask {
                try await self.reflector(
                    .pods,
                    self.source.foreignPods,
                    self.identity.foreignSelector,
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
        isTruth: Bool = false
    ) -> Reflector<Object> {
        let visit = source.visit
        return Reflector(
            client: client,
            resource: resource,
            labelSelector: labelSelector,
            fieldSelector: fieldSelector,
            store: store,
            startsWithNewest: true,
            // After an outage the server's memory may be as old as the outage.
            distrustsStore: isTruth && visit > 0,
            logger: logger,
            metrics: metrics,
            onState: { [source] state in
                switch state {
                case .connected: source.connected(name, visit: visit, isTruth: isTruth)
                case .failing(let error, _): source.failing(name, error)
                }
            }
        )
    }

    /// Follows the copies of this origin, and no object of others.
    private func copyReflector(_ kind: PodReference.Kind) -> Reflector<CopyHeader> {
        let visit = source.visit
        return Reflector(
            client: client,
            resource: kind.resource,
            labelSelector: DependentCopy.labelSelector(originID: identity.originID),
            store: dependents.copies(kind),
            startsWithNewest: true,
            logger: logger,
            metrics: metrics,
            onState: { [dependents, source] state in
                dependents.note(state, of: kind)
                switch state {
                case .connected: source.connected("copies of \(kind.rawValue)s", visit: visit, isTruth: false)
                case .failing(let error, _): source.failing("copies of \(kind.rawValue)s", error)
                }
            }
        )
    }
}
