import KubeClient
import KubeModel
import Synchronization

/// Asks the metrics API of a remote (metrics.k8s.io): one call for all delegates, rates instead of counters, CPU and
/// memory and nothing else.
final class ClusterMetrics: Sendable {
    /// The window of a sample that does not tell it: metrics-server's resolution.
    private static let usualWindow = 15.0

    private let client: APIClient
    private let labelSelector: String
    private let rates = Mutex(RateIntegrator())

    init(client: APIClient, labelSelector: String) {
        self.client = client
        self.labelSelector = labelSelector
    }

    /// What the delegates use of which the API knows.
    ///
    /// - Parameter present: every instance that there is; the counters of others are dropped.
    /// - Throws: `APIError`.
    func usage(of subjects: UsageSubjects, present: Set<UID>, _ voice: CounterVoice) async throws -> [PodUsage] {
        let list = try await client.list(.podMetrics, labelSelector: labelSelector)
        return rates.withLock { rates in
            rates.keep(present)
            return (list["items"]?.array ?? []).compactMap { Self.usage($0, subjects, &rates, voice) }
        }
    }

    private static func usage(
        _ item: JSON,
        _ subjects: UsageSubjects,
        _ rates: inout RateIntegrator,
        _ voice: CounterVoice
    ) -> PodUsage? {
        let metadata = ObjectMeta(item)
        guard let subject = subjects[metadata.key], let time = item["timestamp"]?.string.flatMap(Timestamp.parse),
            // The sample may be of an earlier pod of that name.
            time >= subject.start ?? time
        else { return nil }
        let window = item["window"]?.string.flatMap(seconds) ?? usualWindow
        var last = -Double.infinity
        var containers: [PodUsage.Container] = []
        for json in item["containers"]?.array ?? [] {
            guard let container = self.container(json, time, window, subject, &rates, voice) else { continue }
            containers.append(container.container)
            last = max(last, container.time)
        }
        guard !containers.isEmpty else { return nil }
        let seconds = rates.seconds(of: subject.instanceUID)
        return PodUsage(
            podUID: subject.podUID,
            key: subject.key,
            instanceUID: subject.instanceUID,
            start: subject.start,
            cpuSeconds: voice.moved(seconds, of: subject, container: "") ?? seconds,
            containers: containers,
            time: last
        )
    }

    private static func container(
        _ json: JSON,
        _ time: Double,
        _ window: Double,
        _ subject: UsageSubjects.Subject,
        _ rates: inout RateIntegrator,
        _ voice: CounterVoice
    ) -> (container: PodUsage.Container, time: Double)? {
        guard let name = json["name"]?.string,
            let cpu = amount(json.at("usage", "cpu")), let memory = amount(json.at("usage", "memory"))
        else { return nil }
        let key = CounterKey(subject, container: name)
        let total = rates.note(key, cores: cpu, time: time, window: window)
        let counted = rates.counted(for: key)
        let moved = voice.moved(total.seconds, of: counted)
        // A counter that goes on where another source left it began with the container.
        let start: Double? = moved == nil ? total.start : counted.start
        let container = PodUsage.Container(
            name: name,
            start: start.map { voice.beginning($0, of: counted) },
            cpuSeconds: moved ?? total.seconds,
            cores: total.cores,
            memoryBytes: Int64(clamping: memory)
        )
        return (container, total.time)
    }

    /// What can't be read was not measured.
    private static func amount(_ json: JSON?) -> Double? {
        guard let text = json?.string, let quantity = try? Quantity(text), quantity >= .zero else { return nil }
        return quantity.number
    }

    /// A duration as Go writes it ("1m0.5s").
    static func seconds(_ text: String) -> Double? {
        var rest = text[...]
        var sum = 0.0
        for (unit, factor) in [("h", 3600.0), ("m", 60), ("s", 1)] {
            guard let end = rest.firstIndex(of: Character(unit)) else { continue }
            guard let number = Double(rest[..<end]), number.isFinite, number >= 0 else { return nil }
            sum += number * factor
            rest = rest[rest.index(after: end)...]
        }
        return rest.isEmpty && !text.isEmpty ? sum : nil
    }
}
