import KubeClient
import KubeModel
import Lifecycle

/// The least that any implementation of martlet's main job must do, as the yardstick for the rest: one watch in each
/// cluster, and for each event the call that it asks for. No cache, no queue, no retry, no care.
///
/// It shares martlet's transport and JSON, so that what is compared is the work and not the libraries.
struct BareClient: Service {
    let origin: APIClient
    let remote: APIClient
    let node: BareNode

    /// Calls in flight for each cluster, as many as martlet has workers.
    let callsInFlight: Int

    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await node.keep(in: origin) }
            group.addTask {
                try await answer(origin, fieldSelector: "spec.nodeName=\(node.name)", with: remote) {
                    BareCall(origin: $0)
                }
            }
            group.addTask {
                try await answer(remote, labelSelector: BareCall.label, with: origin) { BareCall(remote: $0) }
            }
        }
    }

    /// Makes the calls that the events of one cluster ask for. They wait in line without bound: an API server ends a
    /// watch that is not read at once.
    private func answer(
        _ watched: APIClient,
        labelSelector: String? = nil,
        fieldSelector: String? = nil,
        with client: APIClient,
        by decide: @escaping @Sendable (WatchEvent) -> BareCall?
    ) async throws {
        let (calls, line) = AsyncStream<BareCall>.makeStream(bufferingPolicy: .unbounded)
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await make(calls, with: client) }
            group.addTask {
                try await watched.follow(.pods, labelSelector: labelSelector, fieldSelector: fieldSelector) { event in
                    if let call = decide(event) { line.yield(call) }
                }
            }
        }
    }

    private func make(_ calls: AsyncStream<BareCall>, with client: APIClient) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var inFlight = 0
            for await call in calls {
                if inFlight == callsInFlight {
                    try await group.next()
                } else {
                    inFlight += 1
                }
                group.addTask {
                    try await client.send(call.method, call.path, body: call.body, contentType: call.contentType)
                }
            }
        }
    }
}

extension APIClient {
    /// Follows pods, beginning with those that are there, until cancelled. Goes on where it was when the server ends
    /// the watch, which it does to whoever reads too slowly.
    func follow(
        _ resource: Resource,
        namespace: String? = nil,
        labelSelector: String? = nil,
        fieldSelector: String? = nil,
        onEvent: (WatchEvent) -> Void
    ) async throws {
        var version: String?
        while true {
            let events = try await watch(
                resource,
                namespace: namespace,
                labelSelector: labelSelector,
                fieldSelector: fieldSelector,
                resourceVersion: version
            )
            for try await event in events {
                version = event.resourceVersion
                onEvent(event)
            }
        }
    }
}
