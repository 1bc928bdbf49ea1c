/// What the benchmark of many clusters runs, from its arguments.
struct ScaleSettings: Sendable {
    /// The parts that can be run alone.
    enum Part: String, CaseIterable, Sendable {
        /// Nothing happens.
        case idle
        /// A Deployment at once, among clusters that behave, and among some that don't.
        case burst
        /// Pods one by one, while some clusters are switched between behaving and misbehaving.
        case paced
    }

    let parts: Set<Part>
    /// How many clusters stand beside the one that is measured.
    let clusters: Int
    /// How long martlet is watched while nothing happens.
    let idle: Duration
    /// How many changes a second the cluster that floods tells by each watch of pods.
    let flood: Int
    /// Pods per second of the paced load.
    let rate: Int
    /// How long each of its stretches lasts.
    let pacedSeconds: Int
    /// How often its conditions follow one another as calm, misbehaving, misbehaving, calm.
    let blocks: Int
    /// What it shares with the other benchmarks; the first of its sizes is the Deployment's.
    let base: BenchmarkSettings

    /// - Throws: `BenchmarkError` for arguments that cannot be understood.
    init(arguments: [String]) throws(BenchmarkError) {
        var options = try Options(arguments)
        clusters = try options.number("clusters") ?? 100
        idle = .seconds(try options.number("idle-seconds") ?? 60)
        flood = try options.number("flood") ?? 1000
        rate = try options.number("rate") ?? 5
        pacedSeconds = try options.number("paced-seconds") ?? 40
        blocks = try options.number("blocks") ?? 2
        parts = try options.text("parts").map(Self.parts) ?? Set(Part.allCases)
        base = try BenchmarkSettings(options)
        guard clusters > Manner.disturbanceCount else {
            throw BenchmarkError("--clusters must be more than \(Manner.disturbanceCount): so many misbehave")
        }
        guard rate > 0, pacedSeconds > 0, blocks > 0 else {
            throw BenchmarkError("--rate, --paced-seconds and --blocks must be 1 or more")
        }
    }

    private static func parts(_ text: String) throws(BenchmarkError) -> Set<Part> {
        let names = text.split(separator: ",")
        let parts = names.compactMap { Part(rawValue: String($0)) }
        guard !parts.isEmpty, parts.count == names.count else {
            throw BenchmarkError("--parts: '\(text)' is none of idle, burst and paced, separated by commas")
        }
        return Set(parts)
    }

    /// The pods of the Deployment whose hops are timed.
    var pods: Int { base.sizes.first ?? 100 }
}
