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
            // One that takes pods: a namespace that martlet makes is looked at again while it does not.
            try await space.fleet.remote("us-east").makeNamespace(space.name)
            let start = ContinuousClock.now
            let before = try await Self.calls()
            try await space.apply(Manifest.deployment(replicas: 100, pod: DependentSample.spec))
            try await space.running(100, within: .seconds(60))
            let spent = try await Self.calls().since(before).counts
            let reads: Set = ["list", "watch"]
            var exact = Dictionary(
                uniqueKeysWithValues: spent.filter { !reads.contains($0.key.verb) }.map { ("\($0.key)", $0.value) }
            )
            // Every ten seconds one of the origin's ConfigMaps is read for another purpose: who vouches for clients of the
            // kubelet endpoint.
            let looks = Int(start.duration(to: .now) / .seconds(10)) + 1
            #expect((3...3 + looks).contains(exact.removeValue(forKey: "origin get configmaps") ?? 0))
            // So often the UID of the delegates' namespace is read again, whoever asks for it.
            #expect((1...1 + looks).contains(exact.removeValue(forKey: "us-east get namespaces") ?? 0))
            // Three objects of each kind: each is read once, and its copy made and handed over once.
            #expect(
                exact == [
                    "us-east create configmaps": 3, "us-east create secrets": 3, "us-east patch configmaps": 3,
                    "us-east patch secrets": 3, "origin get secrets": 3,
                ]
            )
            func count(_ cluster: String, _ verb: String) -> Int {
                spent.filter { $0.key.cluster == cluster && $0.key.verb == verb }.values.reduce(0, +)
            }
            // Each is followed by its own name: whoever followed all of a kind would list twice.
            #expect(count("origin", "list") >= DependentSample.objects.count)
            #expect(count("origin", "watch") <= DependentSample.objects.count)
            // Copies are followed from the first one on: one list and one watch of each kind.
            #expect(count("us-east", "list") <= 2)
            #expect(count("us-east", "watch") <= 2)
        }
    }

    /// The calls about ConfigMaps, Secrets and namespaces of the remote.
    private static func calls() async throws -> APICalls {
        try await APICalls.read(port: FleetPlan.countedPort).filter {
            ["configmaps", "secrets"].contains($0.resource) || $0.cluster == "us-east" && $0.resource == "namespaces"
        }
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
