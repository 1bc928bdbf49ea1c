import KubeClient
import KubeModel
import Lifecycle
import PodSync
import Providers
import Synchronization
import TestSupport
import Transport

/// A provider whose instances are there from the start, and whose streams lead to a server of the test's.
struct StreamingProvider: PodProvider, NodeSource, PodStreams {
    let instances: [PodInstance]
    /// The server's URL.
    let url: String
    var usage: (any UsageSource)?
    /// The token that the cluster takes now, and those that were asked with.
    let credentials = Credentials()

    final class Credentials: Sendable {
        private let numbers = Mutex((current: 1, refusals: 0))

        var token: String { "token-\(numbers.withLock { $0.current })" }
        var refusals: Int { numbers.withLock { $0.refusals } }

        func renew() { numbers.withLock { $0 = ($0.current + 1, $0.refusals + 1) } }
    }

    /// Who looks after the node's pods in an origin, once it runs.
    func controller(in origin: ScriptedCluster) -> PodSyncController {
        let client = origin.client()
        return PodSyncController(
            nodeName: name,
            origin: client,
            provider: self,
            logger: origin.logger,
            metrics: origin.metrics,
            events: EventRecorder(client: client, component: "martlet", logger: origin.logger, metrics: origin.metrics)
        )
    }

    // MARK: - PodStreams

    func request(
        _ stream: PodStream,
        of instance: PodInstance
    ) async throws -> (request: HTTPRequest, connection: ConnectionOptions) {
        let query = stream.query.map { "\($0.name)=\($0.value.replacing(" ", with: "%20"))" }.joined(separator: "&")
        let headers = stream.headers.map { ($0.name, $0.value) } + [("Authorization", "Bearer \(credentials.token)")]
        let place = "\(url)/\(instance.instanceKey)/\(stream.kind.rawValue)"
        return (HTTPRequest(method: stream.method, url: "\(place)?\(query)", headers: headers), ConnectionOptions())
    }

    func credentialsWereRefused() async { credentials.renew() }

    // MARK: - PodProvider

    var name: String { "us-east" }
    var node: any NodeSource { self }
    var streams: (any PodStreams)? { self }
    var report: NodeReport { NodeReport(health: .ready) }
    var isReachable: Bool { true }

    func run() async throws { await ShutdownSignal().wait() }
    func waitUntilSynced() async throws {}
    func onChange(_ notify: @escaping @Sendable (UID) -> Void) {}
    func onNodeChange(_ notify: @escaping @Sendable () -> Void) {}
    func instance(for podUID: UID) -> PodInstance? { instances.first { $0.podUID == podUID } }
    func departed(_ podUID: UID) -> PodInstance? { nil }
    func isProvedGone(_ podUID: UID) -> Bool { false }
    func forget(_ podUID: UID) {}
    func create(_ pod: Pod, willRun: () async throws -> Void) async throws -> [TranslationNotice] { [] }
    func update(_ pod: Pod, instance: PodInstance) async throws {}
    func delete(_ instance: PodInstance, gracePeriodSeconds: Int64?) async throws {}
    func liveInstance(for podUID: UID, key: ObjectKey) async throws -> PodInstance? { instance(for: podUID) }
}
