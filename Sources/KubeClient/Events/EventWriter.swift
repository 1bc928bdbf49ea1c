import KubeModel
import Lifecycle
import Observability

/// Writes single events to the API.
struct EventWriter: Sendable {
    let client: APIClient
    let component: String
    let clock: any Clock<Duration>
    let logger: Logger
    let counters: EventCounters

    /// An outage longer than these attempts costs events, not the memory to keep them.
    private static let attempts = 4
    private static let backoff = Backoff(base: .seconds(1), cap: .seconds(10), factor: 2, jitter: 0.5)

    /// Writes, counts or drops an event, as the aggregator decides. Throws only `CancellationError`.
    func write(_ entry: EventRecorder.Entry, _ aggregator: inout EventAggregator) async throws {
        let identity = entry.identity
        switch aggregator.decide(identity, now: entry.time) {
        case .drop:
            counters.limited.increment()
        case .create:
            try await create(entry, &aggregator)
        case .recount(let name, let count):
            let changed = try await attempt(entry) {
                try await client.patch(
                    .events,
                    namespace: entry.namespace,
                    name: name,
                    type: .strategicMerge,
                    body: ["count": .int(count), "lastTimestamp": .string(entry.timestamp)]
                )
            }
            switch changed {
            case .written: aggregator.told(identity, name: name, count: count)
            case .gone:
                aggregator.forget(identity)
                try await create(entry, &aggregator)
            case .failed: break
            }
        }
    }

    private func create(_ entry: EventRecorder.Entry, _ aggregator: inout EventAggregator) async throws {
        let event = entry.json(component: component)
        let created = try await attempt(entry) {
            try await client.create(.events, namespace: entry.namespace, object: event)
        }
        switch created {
        case .written: aggregator.told(entry.identity, name: entry.name, count: 1)
        // The namespace is gone, and with it whoever would read this.
        case .gone: counters.failed.increment()
        case .failed: break
        }
    }

    private enum Result {
        case written
        case gone
        case failed
    }

    private func attempt(_ entry: EventRecorder.Entry, _ call: () async throws -> JSON) async throws -> Result {
        for failures in 1... {
            do {
                _ = try await call()
                counters.written.increment()
                return .written
            } catch let error as APIError {
                switch error.disposition {
                case .gone: return .gone
                // A create whose answer was lost.
                case .conflict where error.code == .alreadyExists: return .written
                case .retryNow where failures < Self.attempts, .retryLater where failures < Self.attempts:
                    let delay = Self.backoff.delay(failures: failures)
                    try await clock.sleep(for: max(delay, min(error.retryAfter ?? .zero, Self.backoff.cap)))
                default:
                    counters.failed.increment()
                    logger.debug("Event can't be written", ["reason": entry.reason, "error": "\(error)"])
                    return .failed
                }
            }
        }
        return .failed
    }
}

extension EventRecorder.Entry {
    var identity: EventAggregator.Identity {
        EventAggregator.Identity(
            object: EventAggregator.ObjectIdentity(
                kind: object.kind,
                namespace: object.namespace,
                name: object.name,
                uid: object.uid
            ),
            type: type.rawValue,
            reason: reason,
            message: message
        )
    }

    /// Events of objects of cluster scope live in `default`, which is where kubectl looks for them.
    var namespace: String { object.namespace.isEmpty ? "default" : object.namespace }

    var timestamp: String { Timestamp.format(time / .seconds(1)) }

    /// Unique for one object: no two of its events have the same nanosecond. As client-go names them.
    var name: String {
        let (seconds, attoseconds) = time.components
        let nanoseconds = UInt64(max(seconds, 0)) &* 1_000_000_000 &+ UInt64(max(attoseconds, 0)) / 1_000_000_000
        return "\(object.name).\(String(nanoseconds, radix: 16))"
    }

    func json(component: String) -> JSON {
        [
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "involvedObject": object.json,
            "type": .string(type.rawValue),
            "reason": .string(reason),
            "message": .string(message),
            "count": 1,
            "firstTimestamp": .string(timestamp),
            "lastTimestamp": .string(timestamp),
            "source": ["component": .string(component)],
        ]
    }
}
