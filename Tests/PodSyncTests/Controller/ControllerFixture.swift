import KubeClient
import KubeModel
import Lifecycle
import Providers
import TestSupport

@testable import PodSync

/// A controller that a test takes by the hand: one look at one pod at a time, at a scripted origin.
struct ControllerFixture<Provider: PodProvider> {
    let origin: ScriptedCluster
    let provider: Provider
    let controller: PodSyncController
    let events: EventRecorder

    init(
        _ provider: Provider,
        origin: ScriptedCluster = ScriptedCluster("origin"),
        options: PodSyncOptions? = nil,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        let client = origin.client()
        let events = EventRecorder(
            client: client,
            component: "martlet",
            logger: origin.logger,
            metrics: origin.metrics
        )
        self.origin = origin
        self.provider = provider
        self.events = events
        controller = PodSyncController(
            nodeName: "us-east",
            origin: client,
            provider: provider,
            options: options ?? PodSyncOptions(),
            clock: clock,
            logger: origin.logger,
            metrics: origin.metrics,
            events: events
        )
    }

    /// Gives the origin a pod, and the controller's cache too.
    @discardableResult
    func add(_ json: JSON) throws -> Pod {
        let pod = try Pod(json: origin.put(json))
        controller.pods.apply(.added, pod)
        return pod
    }

    /// One look at the pod, as a worker of the queue takes it: failures in a row are counted.
    @discardableResult
    func look(at uid: UID = "uid-1") async -> Look {
        switch await controller.reconcile(uid) {
        case .done:
            controller.queue.forget(uid)
            return .done
        case .again(let delay):
            controller.queue.forget(uid)
            return .again(delay)
        case .retry(_, let least):
            controller.queue.addRateLimited(uid, notBefore: least)
            return .retry
        }
    }

    /// Whether the cluster is not settled before the pod is.
    func isAwaited(_ uid: UID) -> Bool {
        let settlement = controller.settlement
        return settlement.looked(at: uid, round: settlement.round, isEnded: false, now: .now) != nil
    }

    /// The pod's condition of this type, as the origin has it.
    func condition(_ type: String, of key: ObjectKey = ObjectKey(namespace: "shop", name: "web-0")) -> JSON? {
        origin.object(.pods, key)?.at("status", "conditions")?.array?.first { $0["type"]?.string == type }
    }

    /// The reasons of the events about pods, once there are so many.
    func eventReasons(count: Int) async throws -> [String] {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await events.run() }
            try await origin.until { $0.requests(.create, "events").count >= count }
            group.cancelAll()
        }
        return origin.requests(.create, "events").compactMap { $0.body["reason"]?.string }
    }
}

/// How a look at a pod ended.
enum Look: Equatable {
    case done
    case again(Duration)
    case retry
}

extension ControllerFixture where Provider == ScriptedProvider {
    init(options: PodSyncOptions? = nil) {
        self.init(ScriptedProvider(), options: options)
    }
}

extension ProviderError {
    static let unavailable = ProviderError(.unavailable, reason: "RemoteUnavailable", message: "no answer")
    static let busy = ProviderError(.throttled(after: .seconds(7)), reason: "RemoteBusy", message: "busy")
    static let occupied = ProviderError(.occupied, reason: "EarlierDelegateEnding", message: "still there")
    static let refused = ProviderError(.refused, reason: "HostPortRefused", message: "host ports are refused")
    static let rejected = ProviderError(.rejected, reason: "DelegateForbidden", message: "quota")
}

/// The status of a delegate that runs and is ready.
let readyStatus: JSON = [
    "conditions": [["type": "Ready", "status": "True", "lastTransitionTime": "2026-11-21T06:00:00Z"]],
    "containerStatuses": [PodFixture.running()],
]

extension PodSyncOptions {
    /// Without pauses.
    static let unhurried = PodSyncOptions(
        recreation: Backoff(base: .zero, cap: .zero),
        refusal: Backoff(base: .zero, cap: .zero)
    )
}
