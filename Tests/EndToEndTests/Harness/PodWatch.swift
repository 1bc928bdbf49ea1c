import KubeClient
import KubeModel
import Synchronization

/// Follows the pods of a namespace, event by event, so that no state in between is missed.
final class PodWatch: Sendable {
    private struct State {
        var pods: [UID: JSON]
        var readyOverTime: [Int]
    }

    private let client: APIClient
    private let namespace: String
    private let version: String
    private let onEvent: @Sendable (JSON) -> Void
    private let state: Mutex<State>

    /// Lists; `run` goes on from there.
    static func start(
        in space: TestSpace,
        client: APIClient,
        onEvent: @escaping @Sendable (JSON) -> Void = { _ in }
    ) async throws -> PodWatch {
        PodWatch(client, space.name, try await client.list(.pods, namespace: space.name), onEvent)
    }

    private init(
        _ client: APIClient,
        _ namespace: String,
        _ list: JSON,
        _ onEvent: @escaping @Sendable (JSON) -> Void
    ) {
        self.client = client
        self.namespace = namespace
        self.onEvent = onEvent
        version = list.at("metadata", "resourceVersion")?.string ?? ""
        let pods = list["items"]?.array ?? []
        state = Mutex(State(pods: Dictionary(uniqueKeysWithValues: pods.map { ($0.uid, $0) }), readyOverTime: []))
    }

    /// Follows until it is cancelled.
    func run() async throws {
        let stream = try await client.watch(.pods, namespace: namespace, resourceVersion: version)
        do {
            for try await event in stream where event.type != .bookmark {
                note(event)
                onEvent(event.object)
            }
        } catch is CancellationError {
            return
        }
    }

    /// How many pods were ready, and not about to go, after each event.
    var readyOverTime: [Int] { state.withLock(\.readyOverTime) }

    /// The least of them.
    var leastReady: Int { readyOverTime.min() ?? 0 }

    private func note(_ event: WatchEvent) {
        state.withLock { state in
            state.pods[event.object.uid] = event.type == .deleted ? nil : event.object
            state.readyOverTime.append(state.pods.values.count { $0.isReady && !$0.isTerminating })
        }
    }
}
