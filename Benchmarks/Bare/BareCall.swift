import KubeClient
import KubeModel
import Transport

/// The one call that an event asks for when nobody remembers anything. Pure.
struct BareCall: Sendable, Equatable {
    /// The label that marks the delegates of the bare client.
    static let label = "bench.martlet.dev/bare"

    let method: String
    let path: String
    let body: JSON
    var contentType = "application/json"

    /// What a pod's event in the origin asks of the remote: a new pod becomes a delegate, one that is to go takes its
    /// delegate with it.
    init?(origin event: WatchEvent) {
        let metadata = ObjectMeta(event.object)
        switch (event.type, metadata.deletionGracePeriodSeconds) {
        case (.added, nil):
            method = "POST"
            path = Resource.pods.path(namespace: metadata.namespace)
            body = Self.delegate(of: event.object, metadata)
        // The last change of a pod that goes sets 0: its delegate has gone by then.
        case (.modified, let grace?) where grace > 0:
            method = "DELETE"
            path = Resource.pods.path(namespace: metadata.namespace, name: metadata.name)
            body = DeleteOptions(gracePeriodSeconds: grace).body
        default:
            return nil
        }
    }

    /// What a delegate's event in the remote asks of the origin: one that is ready lends the pod its status, one that
    /// is gone lets the pod go.
    init?(remote event: WatchEvent) {
        let metadata = ObjectMeta(event.object)
        path = Resource.pods.path(
            namespace: metadata.namespace,
            name: metadata.name,
            subresource: event.type == .deleted ? nil : "status"
        )
        switch event.type {
        case .deleted:
            method = "DELETE"
            body = DeleteOptions(gracePeriodSeconds: 0).body
        case .added, .modified:
            guard metadata.deletionTimestamp == nil, PodTimeline.isReady(event.object) else { return nil }
            method = "PATCH"
            contentType = "application/merge-patch+json"
            body = ["status": event.object["status"] ?? [:]]
        case .bookmark:
            return nil
        }
    }

    /// The fields of a pod's spec that another cluster would refuse or misread.
    private static let dropped = ["nodeName", "serviceAccount", "serviceAccountName", "priority", "preemptionPolicy"]

    private static func delegate(of pod: JSON, _ metadata: ObjectMeta) -> JSON {
        var spec = pod["spec"] ?? [:]
        for field in dropped { spec[field] = nil }
        var labels = metadata.labels
        labels[label] = ""
        return [
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": [
                "name": .string(metadata.name),
                "namespace": .string(metadata.namespace),
                "labels": JSON(labels),
            ],
            "spec": spec,
        ]
    }
}

extension DeleteOptions {
    fileprivate var body: JSON {
        ["apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": .int(gracePeriodSeconds ?? 0)]
    }
}

extension APIClient {
    /// Sends a call and does not read the answer: an object that exists or is gone already is as good.
    ///
    /// - Throws: `BenchmarkError` for every other refusal; `APIError`; `CancellationError`.
    func send(_ method: String, _ path: String, body: JSON, contentType: String = "application/json") async throws {
        let response = try await raw(method, path: path, body: body.serialized(), contentType: contentType)
        guard response.status >= 300, response.status != 404, response.status != 409 else { return }
        let answer = String(decoding: response.body.prefix(300), as: UTF8.self)
        throw BenchmarkError("\(method) \(path) in \(cluster) was answered with \(response.status): \(answer)")
    }
}
