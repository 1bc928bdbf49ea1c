import Foundation
import KubeClient
import KubeModel
import Testing
import Transport

/// What the dependents of many pods cost, by martlet's own counters.
@Suite(.fleet(.counted))
struct DependentCallTests {
    @Test("The dependents of 100 pods of one Deployment cost the calls of one", .rows(79, 93))
    func constantCalls() async throws {
        try await TestSpace.with("calls") { space in
            try await space.makeDependents()
            let before = try await Self.calls()
            try await space.apply(Manifest.deployment(replicas: 100, pod: DependentSample.spec))
            try await space.running(100, within: .seconds(60))
            let after = try await Self.calls()
            let count = DependentSample.objects.count
            let spent = after.merging(before) { $0 - $1 }.filter { $0.value > 0 }
            #expect(spent["us-east create"] == count)
            #expect(spent["us-east patch"] == count)
            #expect(spent["origin get"] == count)
            #expect(spent["origin watch", default: 0] <= count)
            #expect(
                Set(spent.keys).isSubset(of: [
                    "us-east create", "us-east patch", "origin get", "origin list", "origin watch",
                ])
            )
        }
    }

    /// How many calls about ConfigMaps and Secrets there were, by cluster and verb.
    private static func calls() async throws -> [String: Int] {
        let http = try CurlHTTPClient.start()
        let url = "http://127.0.0.1:\(FleetPlan.metricsPort)/metrics"
        let answer = try await http.send(HTTPRequest(method: "GET", url: url), over: ConnectionOptions())
        await http.shutdown()
        var result: [String: Int] = [:]
        for line in String(decoding: answer.body, as: UTF8.self).split(separator: "\n") {
            guard line.hasPrefix("martlet_api_requests_total{"),
                ["configmaps", "secrets"].contains(label("resource", in: line)),
                let value = line.split(separator: " ").last.flatMap({ Double($0) })
            else { continue }
            result["\(label("cluster", in: line)) \(label("verb", in: line))", default: 0] += Int(value)
        }
        return result
    }

    private static func label(_ name: String, in line: Substring) -> String {
        guard let start = line.range(of: "\(name)=\"")?.upperBound else { return "" }
        return String(line[start...].prefix { $0 != "\"" })
    }
}

extension FleetPlan {
    /// Of this process alone.
    fileprivate static let metricsPort = 30_000 + Int(ProcessInfo.processInfo.processIdentifier) % 20_000

    /// One remote, and martlet's counters to be read.
    fileprivate static let counted = FleetPlan(
        remotes: [Remote(name: "us-east", region: "us")],
        arguments: ["--metrics-addr", "127.0.0.1:\(metricsPort)"]
    )
}
