import KubeClient
import KubeModel
import TestSupport
import Transport

/// What the metrics API answers.
extension MetricsServer {
    func answer(_ exchange: HTTPExchange) async {
        let words = exchange.request.target.segments.dropFirst(3)
        let selector = exchange.request.target.query.first { $0.name == "labelSelector" }?.value
        do {
            let body = try await answer(Array(words), selector)
            exchange.respond(
                status: body == nil ? 404 : 200,
                headers: [("Content-Type", "application/json")],
                body: body?.serialized() ?? []
            )
        } catch {
            exchange.respond(status: 500)
        }
    }

    private func answer(_ words: [String], _ selector: String?) async throws -> JSON? {
        switch (words.first ?? "", words.count) {
        case ("", 0): return Self.discovery
        case ("nodes", 1): return Self.list("NodeMetricsList", nodes.values)
        case ("nodes", 2): return nodes[words[1]]
        case ("pods", 1): return Self.list("PodMetricsList", try await pods(in: nil, selector))
        case ("namespaces", 3) where words[2] == "pods":
            return Self.list("PodMetricsList", try await pods(in: words[1], selector))
        case ("namespaces", 4) where words[2] == "pods":
            return try await pods(in: words[1], nil).first { $0.name == words[3] }
        default: return nil
        }
    }

    private static let discovery: JSON = [
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "metrics.k8s.io/v1beta1",
        "resources": [
            [
                "name": "nodes", "singularName": "", "namespaced": false, "kind": "NodeMetrics",
                "verbs": ["get", "list"],
            ],
            ["name": "pods", "singularName": "", "namespaced": true, "kind": "PodMetrics", "verbs": ["get", "list"]],
        ],
    ]

    private static func list(_ kind: String, _ items: some Sequence<JSON>) -> JSON {
        [
            "kind": .string(kind), "apiVersion": "metrics.k8s.io/v1beta1", "metadata": [:],
            "items": .array(Array(items)),
        ]
    }

    private var nodes: [String: JSON] {
        storage.nodeUsages.reduce(into: [:]) { result, entry in
            let (name, usage) = entry
            var item = Self.item("NodeMetrics", ["name": .string(name)], usage)
            item["usage"] = Self.amounts(usage)
            result[name] = item
        }
    }

    private func pods(in namespace: String?, _ selector: String?) async throws -> [JSON] {
        let objects = try await cluster.client.list(.pods, namespace: namespace, labelSelector: selector)
        let pods = storage.podUsages
        return (objects["items"]?.array ?? []).compactMap { pod in
            let key = ObjectMeta(pod).key
            // The earliest of its containers' times is the pod's.
            guard let usages = pods[key], let first = usages.values.min(by: { $0.time < $1.time }) else { return nil }
            let metadata: JSON = [
                "name": .string(key.name), "namespace": .string(key.namespace),
                "labels": pod.at("metadata", "labels") ?? [:],
            ]
            var item = Self.item("PodMetrics", metadata, first)
            item["containers"] = .array(usages.map { ["name": .string($0.key), "usage": Self.amounts($0.value)] })
            return item
        }
    }

    private static func item(_ kind: String, _ metadata: JSON, _ usage: MetricsStorage.Usage) -> JSON {
        [
            "kind": .string(kind), "apiVersion": "metrics.k8s.io/v1beta1", "metadata": metadata,
            "timestamp": .string(Timestamp.format(usage.time)), "window": .string("\(usage.window)s"),
        ]
    }

    private static func amounts(_ usage: MetricsStorage.Usage) -> JSON {
        [
            "cpu": .string("\(Int64(clamping: usage.cores * 1e9))n"),
            "memory": .string("\(Int64(clamping: usage.memoryBytes / 1024))Ki"),
        ]
    }
}
