import Foundation

/// What the benchmark runs, from its arguments.
struct BenchmarkSettings: Sendable {
    var rounds = 3
    var sizes = [10, 100, 1000]
    /// Some only, for a look at one of them: ratios need all.
    var variants = Variant.allCases
    /// With managedFields, without, or first the one and then the other.
    var managedFields = [ManagedFields.on]
    /// Where the results go as JSON.
    var json = "bench.json"
    /// How long a simulated pod takes to start.
    var startDelay = Duration.zero
    /// The rate that martlet and the simulated nodes allow themselves; high, because no throttle is to be measured.
    var callsPerSecond = 5000
    /// martlet's workers per cluster (by default as many as its own default), and the bare client's calls in flight.
    var workers = 32
    var martlet: String
    /// Where the clusters' files are left for a look at them; nil for a place that is removed.
    var stateDirectory: String?
    /// This program.
    let bench: String

    let hollowNodes = 10
    let podsPerHollowNode = 250
    /// How many pods the bare client's node takes: what martlet finds in the remote.
    var podRoom: Int { hollowNodes * podsPerHollowNode }

    /// - Throws: `BenchmarkError` for arguments that cannot be understood.
    init(arguments: [String]) throws(BenchmarkError) {
        try self.init(Options(arguments))
    }

    /// - Parameter options: those that somebody else has not used.
    init(_ options: Options) throws(BenchmarkError) {
        var options = options
        guard let bench = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            throw BenchmarkError("/proc/self/exe cannot be read; is /proc mounted?")
        }
        self.bench = bench
        martlet = bench.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/martlet"
        rounds = try options.number("rounds") ?? rounds
        sizes = try options.numbers("sizes") ?? sizes
        variants = try options.text("variants").map(Self.variants) ?? variants
        startDelay = try options.number("start-delay-ms").map { .milliseconds($0) } ?? startDelay
        callsPerSecond = try options.number("qps") ?? callsPerSecond
        workers = try options.number("workers") ?? workers
        managedFields = try options.text("managed-fields").map(Self.managedFields) ?? managedFields
        json = options.text("json") ?? json
        martlet = options.text("martlet") ?? martlet
        stateDirectory = options.text("state")
        try options.checkAllUsed()
        guard sizes.allSatisfy({ $0 <= podRoom }) else {
            throw BenchmarkError("the simulated nodes take \(podRoom) pods; --sizes asks for more")
        }
        guard FileManager.default.isExecutableFile(atPath: martlet) else {
            throw BenchmarkError("there is no \(martlet); build the product 'martlet', or name it with --martlet")
        }
    }

    private static func managedFields(_ text: String) throws(BenchmarkError) -> [ManagedFields] {
        if text == "both" { return ManagedFields.allCases }
        guard let one = ManagedFields(rawValue: text) else {
            throw BenchmarkError("--managed-fields: '\(text)' is none of on, off and both")
        }
        return [one]
    }

    private static func variants(_ text: String) throws(BenchmarkError) -> [Variant] {
        let variants = text.split(separator: ",").compactMap { Variant(rawValue: String($0)) }
        guard !variants.isEmpty else { throw BenchmarkError("--variants: none of direct, martlet, bare") }
        return variants
    }
}
