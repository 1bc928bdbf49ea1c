import Foundation

/// How many calls martlet has made, by its own counters.
struct APICalls: Equatable {
    /// A kind of call.
    struct Key: Hashable, CustomStringConvertible {
        let cluster: String
        let verb: String
        let resource: String

        /// As "us-east create pods".
        var description: String { "\(cluster) \(verb) \(resource)" }
    }

    private(set) var counts: [Key: Int]

    /// Reads the metrics that a martlet serves at a port of this machine (`--metrics-addr`).
    static func read(port: Int) async throws -> APICalls {
        APICalls(page: try await StatusPage.get("/metrics", at: "127.0.0.1:\(port)").text)
    }

    /// A port of this process alone, below those that connections are given: another for each number.
    static func port(_ number: Int = 0) -> Int {
        20_000 + (Int(ProcessInfo.processInfo.processIdentifier) * 8 + number) % 10_000
    }

    init(page: String) {
        counts = [:]
        for line in page.split(separator: "\n") where line.hasPrefix("martlet_api_requests_total{") {
            guard let value = line.split(separator: " ").last.flatMap({ Double($0) }) else { continue }
            let key = Key(
                cluster: Self.label("cluster", in: line),
                verb: Self.label("verb", in: line),
                resource: Self.label("resource", in: line)
            )
            counts[key, default: 0] += Int(value)
        }
    }

    private init(counts: [Key: Int]) {
        self.counts = counts
    }

    /// Those of which something is true.
    func filter(_ isIncluded: (Key) -> Bool) -> APICalls {
        APICalls(counts: counts.filter { isIncluded($0.key) })
    }

    /// Those that were made since; kinds of which there were none are left out.
    func since(_ earlier: APICalls) -> APICalls {
        APICalls(counts: counts.merging(earlier.counts) { $0 - $1 }.filter { $0.value > 0 })
    }

    private static func label(_ name: String, in line: Substring) -> String {
        guard let start = line.range(of: "\(name)=\"")?.upperBound else { return "" }
        return String(line[start...].prefix { $0 != "\"" })
    }
}
