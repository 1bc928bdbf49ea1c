package import KubeClient
internal import KubeModel

/// `martlet explain`: why a pod or a virtual node is as it is, and what to do.
package struct ExplainCommand: Sendable {
    /// What is to be explained.
    package enum Subject: Sendable, Equatable {
        case pod(String)
        case node(String)

        /// Reads what a person types: "pod/web", "pods/web", "po/web" or "web", "node/us-east", "nodes/us-east" or
        /// "no/us-east"; nil for another kind of thing.
        package init?(_ operand: String) {
            let words = operand.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard let name = words.last, !name.isEmpty, words.count < 3 else { return nil }
            switch words.count == 1 ? "pod" : words[0] {
            case "pod", "pods", "po": self = .pod(name)
            case "node", "nodes", "no": self = .node(name)
            default: return nil
            }
        }
    }

    private let subject: Subject
    private let namespace: String
    private let client: APIClient

    /// - Parameters:
    ///   - namespace: of the pod.
    ///   - client: of the origin, as the person who asks.
    package init(_ subject: Subject, namespace: String, client: APIClient) {
        self.subject = subject
        self.namespace = namespace
        self.client = client
    }

    /// The answer.
    ///
    /// - Parameter asJSON: for programs; a person gets the verdict in the first line.
    /// - Throws: `APIError` if the pod or the node can't be read; ``Refusal`` for a node of others; `CancellationError`.
    package func run(asJSON: Bool) async throws -> String {
        let clock = try await ServerClock.read(client)
        switch subject {
        case .pod(let name):
            let pod = ObjectKey(namespace: namespace, name: name)
            let facts = try await PodFacts.read(pod, from: client, now: clock.now)
            let verdict = PodVerdict(facts)
            guard asJSON else { return PodExplanationText(facts: facts, verdict: verdict, now: clock.now).text }
            return facts.json(verdict).indented
        case .node(let name):
            let facts = try await NodeFacts.read(name, from: client, now: clock.now)
            let verdict = NodeVerdict(facts)
            guard asJSON else { return NodeExplanationText(facts: facts, verdict: verdict, now: clock.now).text }
            return facts.json(verdict).indented
        }
    }
}

extension NodeFacts {
    /// All of it, for programs.
    fileprivate func json(_ verdict: NodeVerdict) -> JSON {
        var result: JSON = [
            "verdict": ["summary": .string(verdict.summary), "advice": .string(verdict.advice)],
            "cluster": row.json,
            "conditions": .array(node.conditions.map { Self.told($0, since: since[$0.type]) }),
            "obstacles": .array(obstacles.map(JSON.string)),
            "events": .array(events.map(PodFacts.told)),
            "notes": .array(notes.map(JSON.string)),
        ]
        guard pods != nil else { return result }
        result["phases"] = .object(JSONObject(phases.map { ($0.phase, .int(Int64($0.count))) }))
        result["waiting"] = .array(waiting.map { .string(ObjectMeta($0).key.description) })
        return result
    }

    private static func told(_ condition: NodeCondition, since: String?) -> JSON {
        var result: JSON = [
            "type": .string(condition.type), "status": .string(condition.status),
            "reason": .string(condition.reason), "message": .string(condition.message),
        ]
        result["lastTransitionTime"] = since.map(JSON.string)
        return result
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

    fileprivate static func told(_ event: JSON) -> JSON {
        var result: JSON = [:]
        for key in ["type", "reason", "message", "count", "lastTimestamp"] { result[key] = event[key] }
        return result
    }
}
