import KubeClient
import KubeModel
import Testing

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
            var spent: [String: Int] = [:]
            for (call, number) in try await Self.calls().since(before).counts {
                spent["\(call.cluster) \(call.verb)", default: 0] += number
            }
            let count = DependentSample.objects.count
            #expect(spent["us-east create"] == count)
            #expect(spent["us-east patch"] == count)
            #expect(spent["origin get"] == count)
            #expect(spent["origin watch", default: 0] <= count)
            // Copies are followed from the first one on: one list and one watch of each kind.
            #expect(spent["us-east list", default: 0] <= 2)
            #expect(spent["us-east watch", default: 0] <= 2)
            #expect(
                Set(spent.keys).isSubset(of: [
                    "us-east create", "us-east patch", "us-east list", "us-east watch", "origin get", "origin list",
                    "origin watch",
                ])
            )
        }
    }

    /// The calls about ConfigMaps and Secrets.
    private static func calls() async throws -> APICalls {
        try await APICalls.read(port: FleetPlan.countedPort).filter { ["configmaps", "secrets"].contains($0.resource) }
    }
}

extension FleetPlan {
    fileprivate static let countedPort = APICalls.port()

    /// One remote, and martlet's counters to be read.
    fileprivate static let counted = FleetPlan(
        remotes: [Remote(name: "us-east", region: "us")],
        arguments: ["--metrics-addr", "127.0.0.1:\(countedPort)"]
    )
}
