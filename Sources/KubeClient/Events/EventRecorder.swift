import KubeModel
import Lifecycle
package import Observability

/// Tells people what happened to an object, as Events in its namespace (`kubectl describe`).
///
/// `record` never blocks and never fails: events wait in a queue of 1000 for `run`, which writes them one by one. What
/// finds the queue full, exceeds an object's share or can't be written is counted in `martlet_events_dropped_total`.
package final class EventRecorder: Service {
    package enum EventType: String, Sendable {
        case normal = "Normal"
        case warning = "Warning"
    }

    struct Entry: Sendable {
        let object: ObjectReference
        let type: EventType
        let reason: String
        let message: String
        let time: Duration
    }

    static let queueLength = 1000
    /// API servers refuse longer messages of the newer events API, and nobody reads them.
    package static let maximumMessageLength = 1024

    private let entries: AsyncStream<Entry>
    private let input: AsyncStream<Entry>.Continuation
    private let writer: EventWriter
    private let now: @Sendable () -> Duration
    private let queueFull: Counter

    /// - Parameters:
    ///   - component: who speaks.
    ///   - now: time since 1970.
    package init(
        client: APIClient,
        component: String,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Duration = WallClock.sinceEpoch,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        (entries, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.queueLength))
        let counters = EventCounters(metrics, cluster: client.cluster)
        writer = EventWriter(client: client, component: component, clock: clock, logger: logger, counters: counters)
        queueFull = counters.queueFull
        self.now = now
    }

    /// Queues an event. From any task, at no cost to speak of.
    package func record(about object: ObjectReference, type: EventType, reason: String, message: String) {
        let entry = Entry(
            object: object,
            type: type,
            reason: reason,
            message: String(message.prefix(Self.maximumMessageLength)),
            time: now()
        )
        if case .dropped = input.yield(entry) { queueFull.increment() }
    }

    /// Writes events until cancelled. To be run once.
    package func run() async throws {
        var aggregator = EventAggregator()
        for await entry in entries {
            try await writer.write(entry, &aggregator)
        }
        try Task.checkCancellation()
    }
}
