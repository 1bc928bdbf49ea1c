package import KubeClient
package import KubeModel

/// `martlet explain`: why a pod is as it is, and what to do.
package struct ExplainCommand: Sendable {
    private let pod: ObjectKey
    private let client: APIClient

    /// - Parameter client: of the origin, as the person who asks.
    package init(pod: ObjectKey, client: APIClient) {
        self.pod = pod
        self.client = client
    }

    /// The answer.
    ///
    /// - Parameter asJSON: for programs; a person gets the verdict in the first line.
    /// - Throws: `APIError` if the pod can't be read; `CancellationError`.
    package func run(asJSON: Bool) async throws -> String {
        let clock = try await ServerClock.read(client)
        let facts = try await PodFacts.read(pod, from: client, now: clock.now)
        let verdict = PodVerdict(facts)
        guard asJSON else { return PodExplanationText(facts: facts, verdict: verdict, now: clock.now).text }
        return facts.json(verdict).indented
    }

    /// Reads what a person types for a pod: "pod/web", "pods/web", "po/web" or "web"; nil for another kind of thing.
    package static func name(_ operand: String) -> String? {
        let words = operand.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch words.count {
        case 1: return words[0].isEmpty ? nil : words[0]
        case 2: return ["pod", "pods", "po"].contains(words[0]) && !words[1].isEmpty ? words[1] : nil
        default: return nil
        }
    }
}

extension PodFacts {
    /// All of it, for programs; nothing of the pod's spec but where it is.
    fileprivate func json(_ verdict: PodVerdict) -> JSON {
        let metadata = metadata
        var result: JSON = [
            "verdict": [
                "kind": .string(verdict.kind.rawValue), "summary": .string(verdict.summary),
                "advice": .string(verdict.advice),
            ],
            "pod": [
                "namespace": .string(metadata.namespace), "name": .string(metadata.name), "uid": .string(metadata.uid),
                "phase": .string(phase.rawValue), "terminating": .bool(isTerminating), "node": .string(nodeName),
                "requests": requests.json,
            ],
            "conditions": status["conditions"] ?? [],
            "events": .array(events.map(Self.told)),
            "notes": .array(notes.map(JSON.string)),
        ]
        switch place {
        case .virtual(let row): result["cluster"] = row.json
        case .unscheduled(let rows): result["clusters"] = rows.map { .array($0.map(\.json)) }
        case .foreign, .missing, .unseen: break
        }
        result["martlet"] = keeper
        return result
    }

    private static func told(_ event: JSON) -> JSON {
        var result: JSON = [:]
        for key in ["type", "reason", "message", "count", "lastTimestamp"] { result[key] = event[key] }
        return result
    }
}
