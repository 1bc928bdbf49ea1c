import Foundation

/// What the benchmark of streams runs, from its arguments.
struct StreamSettings: Sendable {
    let rounds: Int
    /// How much goes through each stream.
    let mebibytes: Int
    /// How many streams are open at a time, half of them commands, half of them logs.
    let streams: Int
    /// Where the results go as JSON.
    let json: String
    let martlet: String

    /// - Throws: `BenchmarkError` for arguments that cannot be understood.
    init(arguments: [String]) throws(BenchmarkError) {
        var options = try Options(arguments)
        rounds = try options.number("rounds") ?? 3
        mebibytes = try options.number("mebibytes") ?? 1024
        streams = try options.number("streams") ?? 200
        json = options.text("json") ?? "bench-streams.json"
        martlet = try options.required("martlet")
        try options.checkAllUsed()
    }
}
