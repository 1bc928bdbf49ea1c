import KubeClient
import KubeModel
import Lifecycle
import TestSupport
import Testing

@testable import Providers

/// A remote cluster as a provider, over two scripted servers; its caches are known to be empty unless `run()` is to
/// fill them.
struct RemoteFixture {
    static let key = ObjectKey(namespace: "shop", name: "web-0")
    static let identity = DelegateIdentity(originID: "origin-1", nodeName: "us-east")
    static let namespace: JSON = ["kind": "Namespace", "metadata": ["name": "shop", "uid": "ns-1"]]

    let origin = ScriptedCluster("origin")
    let remote: ScriptedCluster
    let sources: DependentSources
    let provider: RemoteCluster
    let events: EventRecorder

    init(
        _ objects: [JSON] = [Self.namespace],
        serviceAccounts: ServiceAccountPolicy = .none,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Duration = { .seconds(1_700_000_000) },
        isSynced: Bool = true,
        dependents: DependentOptions = DependentOptions(),
        identity: DelegateIdentity = Self.identity
    ) {
        remote = ScriptedCluster("us-east", objects: objects)
        events = EventRecorder(
            client: origin.client(),
            component: "martlet",
            logger: origin.logger,
            metrics: origin.metrics
        )
        sources = DependentSources(client: origin.client(), logger: origin.logger, metrics: origin.metrics)
        provider = RemoteCluster(
            name: "us-east",
            client: remote.client(),
            origin: origin.client(),
            sources: sources,
            identity: identity,
            serviceAccounts: serviceAccounts,
            events: events,
            dependents: dependents,
            logger: remote.logger,
            metrics: remote.metrics,
            clock: clock,
            now: now
        )
        guard isSynced else { return }
        provider.cache.store.replace([], resourceVersion: "1")
        provider.accounts.keeper?.secrets.replace([], resourceVersion: "1")
    }

    var delegate: JSON? { remote.object(.pods, Self.key) }

    /// A pod of the remote with the marks of a delegate.
    static func delegate(
        of podUID: UID = "uid-1",
        origin: String = "origin-1",
        node: String = "us-east",
        name: String = "web-0"
    ) -> JSON {
        let identity = DelegateIdentity(originID: origin, nodeName: node)
        return [
            "kind": "Pod",
            "metadata": [
                "name": .string(name), "namespace": "shop", "uid": .string("delegate-of-\(podUID)"),
                "resourceVersion": "50",
                "labels": JSON(identity.labels(podUID: podUID)),
                "annotations": ["martlet.dev/pod": "shop/web-0"],
            ],
            "status": ["phase": "Running"],
        ]
    }

    /// The code of what a call throws; nil if it succeeds.
    static func failure(_ call: () async throws -> Void) async throws -> ProviderError? {
        do {
            try await call()
            return nil
        } catch let error as ProviderError {
            return error
        }
    }
}

/// What a server answers to a call, and what is made of it.
struct AnswerCase: Sendable, CustomTestStringConvertible {
    let fault: ScriptedCluster.Fault
    let code: ProviderError.Code?
    let reason: String?

    init(_ fault: ScriptedCluster.Fault, _ code: ProviderError.Code?, _ reason: String?) {
        self.fault = fault
        self.code = code
        self.reason = reason
    }

    var testDescription: String { "\(fault) → \(reason ?? "success")" }

    /// Failures that mean the same to every call.
    static let common = [
        AnswerCase(.refuse(403, reason: "Forbidden"), .rejected, "DelegateForbidden"),
        AnswerCase(.refuse(400, reason: "BadRequest"), .rejected, "DelegateInvalid"),
        AnswerCase(.refuse(422, reason: "Invalid"), .rejected, "DelegateInvalid"),
        AnswerCase(
            .refuse(429, reason: "TooManyRequests", retryAfter: 7),
            .throttled(after: .seconds(7)),
            "RemoteBusy"
        ),
        AnswerCase(.refuse(429, reason: "TooManyRequests"), .throttled(after: nil), "RemoteBusy"),
        AnswerCase(.refuse(500, reason: "InternalError"), .unavailable, "RemoteUnavailable"),
        AnswerCase(.bare(503), .unavailable, "RemoteUnavailable"),
        AnswerCase(.bare(404), .unavailable, "RemoteUnavailable"),
        AnswerCase(.timeout, .unavailable, "RemoteUnavailable"),
        AnswerCase(.unreachable, .unavailable, "RemoteUnavailable"),
    ]
}
