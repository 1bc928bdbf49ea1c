/// What the benchmark of many clusters runs, from its arguments.
struct ScaleSettings: Sendable {
    /// How many clusters stand beside the one that is measured.
    let clusters: Int
    /// How long martlet is watched while nothing happens.
    let idle: Duration
    /// What it shares with the other benchmarks; the first of its sizes is the Deployment's.
    let base: BenchmarkSettings

    /// - Throws: `BenchmarkError` for arguments that cannot be understood.
    init(arguments: [String]) throws(BenchmarkError) {
        var options = try Options(arguments)
        clusters = try options.number("clusters") ?? 100
        idle = .seconds(try options.number("idle-seconds") ?? 60)
        base = try BenchmarkSettings(options)
        guard clusters > Manner.disturbances.count else {
            throw BenchmarkError("--clusters must be more than \(Manner.disturbances.count): so many misbehave")
        }
    }

    /// The pods of the Deployment whose hops are timed.
    var pods: Int { base.sizes.first ?? 100 }
}
