import KubeClient
import KubeModel
import Lifecycle
import Synchronization

/// Moves the pods of a node elsewhere, as their disruption budgets allow.
struct Drain: Sendable {
    let node: String
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
        let list = try await client.list(.pods, fieldSelector: "spec.nodeName=\(node)")
        var sight = Sight()
        for pod in list["items"]?.array ?? [] {
            let metadata = ObjectMeta(pod)
            switch DrainStep(pod, force: force) {
            case .skip: sight.skipped.append(metadata)
            case .evict: sight.toEvict.append(metadata)
            case .wait: sight.ending.append(metadata)
            case .refuse: sight.refused.append(metadata)
            }
        }
        return sight
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
            for pod in sight.toEvict {
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
            let text =
                "\(sight.toEvict.count + sight.ending.count) pods on \(node), \(sight.ending.count) of them ending"
            if text != told { report.note("  \(text)") }
            told = text
            try await clock.sleep(for: Self.interval)
        }
    }
}
