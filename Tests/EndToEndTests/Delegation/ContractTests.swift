import KubeClient
import KubeModel
import Observability
import Providers
import TestSupport
import Testing

extension DelegationTests {
    @Suite struct ContractTests {
        @Test("A remote cluster keeps the contract of providers", .timeLimit(.minutes(3)))
        func remoteCluster() async throws {
            try await TestSpace.with("contract") { space in
                let node = "node-of-\(space.name)"
                let origin = try await space.origin.client.get(.namespaces, name: "kube-system").uid
                let remote = space.fleet.remote("us-west")
                let logger = Logger(label: "contract", level: .error)
                let metrics = MetricsRegistry()
                let provider = RemoteCluster(
                    name: "us-west",
                    client: remote.client,
                    origin: space.origin.client,
                    sources: DependentSources(client: space.origin.client, logger: logger, metrics: metrics),
                    identity: DelegateIdentity(originID: origin, nodeName: node),
                    events: EventRecorder(
                        client: space.origin.client,
                        component: "martlet",
                        logger: logger,
                        metrics: metrics
                    ),
                    logger: logger,
                    metrics: metrics
                )
                let contract = PodProviderContract(provider) { name in
                    var manifest = Manifest.pod(name)
                    manifest["spec"]?["nodeName"] = .string(node)
                    let pod = try await space.origin.client.create(.pods, namespace: space.name, object: manifest)
                    return try Pod(json: pod)
                }
                // The namespace is there, as it is for the second pod of any namespace.
                try await remote.makeNamespace(space.name)
                try await contract.check()
            }
        }
    }
}
