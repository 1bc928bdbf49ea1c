import KubeClient
import KubeModel
import Lifecycle
import Synchronization

/// Moves the pods of nodes elsewhere, as their disruption budgets allow.
struct Drain: Sendable {
    let nodes: [String]
    let client: APIClient
    let force: Bool
    let report: Report
    var clock: any Clock<Duration> = ContinuousClock()

    /// Between two rounds: a budget gives way when a pod has become ready elsewhere.
    private static let interval = Duration.seconds(1)

    /// What there is to do.
    struct Sight: Sendable {
        var skipped: [ObjectMeta] = []
        var toEvict: [ObjectMeta] = []
        /// Those to evict of which the origin says that they are ready: no other counts for a disruption budget.
        var ready: Set<UID> = []
        var ending: [ObjectMeta] = []
        var refused: [ObjectMeta] = []

        var isDone: Bool { toEvict.isEmpty && ending.isEmpty && refused.isEmpty }
        var refusal: Refusal? {
            guard !refused.isEmpty else { return nil }
            let names = refused.map(\.key.description).sorted().joined(separator: ", ")
            return Refusal(
                "nobody makes these pods anew, because they have no controller: \(names); --force evicts them too"
            )
        }
    }

    func look() async throws -> Sight {
        var pods: [JSON] = []
        for node in nodes {
            pods += try await client.list(.pods, fieldSelector: "spec.nodeName=\(node)")["items"]?.array ?? []
        }
        var sight = Sight()
        for pod in pods {
            let metadata = ObjectMeta(pod)
            switch DrainStep(pod, force: force) {
            case .skip: sight.skipped.append(metadata)
            case .evict:
                sight.toEvict.append(metadata)
                if Self.isReady(pod) { sight.ready.insert(metadata.uid) }
            case .wait: sight.ending.append(metadata)
            case .refuse: sight.refused.append(metadata)
            }
        }
        return sight
    }

    private static func isReady(_ pod: JSON) -> Bool {
        (pod.at("status", "conditions")?.array ?? []).contains { $0["type"] == "Ready" && $0["status"] == "True" }
    }

    /// Evicts until none is left but those that are skipped.
    ///
    /// - Throws: ``Refusal``, `APIError`, `CancellationError`.
    func run() async throws {
        let evictions = try await Evictions(by: client)
        var (told, blocked) = ("", [UID: String]())
        while true {
            let sight = try await look()
            if let refusal = sight.refusal { throw refusal }
            guard !sight.isDone else { return }
            for pod in sight.toEvict { try await evict(pod, by: evictions, blocked: &blocked) }
            let count = sight.toEvict.count + sight.ending.count
            let text = "\(count) pods on \(nodes.joined(separator: ", ")), \(sight.ending.count) of them ending"
            if text != told { report.note("  \(text)") }
            told = text
            try await clock.sleep(for: Self.interval)
        }
    }

    /// Evicts until all are ending. Those that are not ready are deleted: they count for no budget, and one
    /// that they are missing from would keep them for ever, and with them what is to take their place.
    ///
    /// - Throws: ``Refusal``, `APIError`, `CancellationError`.
    func giveUp() async throws {
        let evictions = try await Evictions(by: client)
        var blocked: [UID: String] = [:]
        while true {
            let sight = try await look()
            if let refusal = sight.refusal { throw refusal }
            guard !sight.toEvict.isEmpty else { return }
            for pod in sight.toEvict {
                guard sight.ready.contains(pod.uid) else {
                    try await delete(pod)
                    continue
                }
                try await evict(pod, by: evictions, blocked: &blocked)
            }
            try await clock.sleep(for: Self.interval)
        }
    }

    /// - Parameter blocked: what was told of pods that can't be evicted now, by their UIDs.
    private func evict(_ pod: ObjectMeta, by evictions: Evictions, blocked: inout [UID: String]) async throws {
        switch try await evictions.evict(pod) {
        case .accepted:
            blocked[pod.uid] = nil
            report.done("pod/\(pod.name) in \(pod.namespace) evicted")
        case .blocked(let words):
            if blocked.updateValue(words, forKey: pod.uid) != words {
                report.note("  pod \(pod.key) can't be evicted now, and is tried again: \(words)")
            }
        }
    }

    private func delete(_ pod: ObjectMeta) async throws {
        do {
            let options = DeleteOptions(uid: pod.uid)
            _ = try await client.delete(.pods, namespace: pod.namespace, name: pod.name, options: options)
            report.done("pod/\(pod.name) in \(pod.namespace) deleted")
        } catch let error as APIError where error.disposition == .gone || error.disposition == .conflict {
            return  // Another pod has the name by now, or none: the next look tells.
        }
    }
}
