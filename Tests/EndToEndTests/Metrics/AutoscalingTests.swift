import KubeClient
import KubeModel
import TestSupport
import Testbed
import Testing

extension UsageTests {
    /// `kubectl top` and the stock HPA controller, by a metrics API that scrapes virtual nodes as it scrapes others.
    ///
    /// One after the other: a cluster has one metrics API.
    @Suite(.serialized) struct AutoscalingTests {}
}

extension UsageTests.AutoscalingTests {
    /// Looks back fifteen seconds instead of five minutes.
    private static let shortWindows: JSON = [
        "scaleUp": ["stabilizationWindowSeconds": 15], "scaleDown": ["stabilizationWindowSeconds": 15],
    ]

    @Test(
        "kubectl top shows what nodes and pods use, whichever release of metrics-server asks",
        .rows(92),
        arguments: MetricsServerForm.allCases
    )
    func top(form: MetricsServerForm) async throws {
        try await TestSpace.with("top") { space in
            try await space.apply(Manifest.busy("web", replicas: 2, cpu: "250m", in: "us-east"))
            let pods = try await space.running(2).pods
            try await MetricsServer.with(space.origin, as: form) { metrics in
                let lines = try await eventually("kubectl top knows both pods", within: .seconds(40)) {
                    let result = try await space.origin.control.kubectl([
                        "--namespace", space.name, "top", "pod", "--no-headers",
                    ])
                    return result.output.split(separator: "\n").map(String.init)
                } until: {
                    $0.count == 2
                }
                for line in lines {
                    let words = line.split(separator: " ")
                    #expect(pods.map(\.name).contains(String(words[0])))
                    #expect(words[1] == "250m")
                    #expect(words[2] == "64Mi")
                }
                try await eventually("kubectl top knows the node", within: .seconds(40)) {
                    let result = try await space.origin.control.kubectl(["top", "node", "us-east", "--no-headers"])
                    return result.output + result.errorOutput
                } until: { line in
                    // Of this test's pods at least; others run beside it.
                    let words = line.split(whereSeparator: \.isWhitespace)
                    return words.count == 5 && (Int(words[1].dropLast()) ?? 0) >= 499
                }
                #expect(metrics.faults == [])
                try await eventually("the node is scraped without failure") { metrics.failures["us-east"] == nil }
                // The right to one page is not one to the other.
                let other: MetricsServerForm = form == .resources ? .counters : .resources
                #expect(try await metrics.status(of: other.target, on: "us-east") == 403)
            }
        }
    }

    @Test("An HPA doubles a Deployment under load, leaves it alone, and brings it back", .rows(46, 47, 48))
    func scale() async throws {
        try await TestSpace.with("hpa") { space in
            let load = Load(cores: 2)
            // What a new replica does until the load is shared anew.
            try await space.apply(Manifest.busy("web", replicas: 2, cpu: "500m", in: "us-east"))
            _ = try await space.running(2)
            try await MetricsServer.with(space.origin) { metrics in
                let form = try await Autoscaler.resource(of: space.origin.client)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await load.share(in: space) }
                    try await space.apply(Autoscaler.manifest(form, behavior: Self.shortWindows))
                    try await Autoscaler.replicas(4, in: space, "the load is twice what it should be")
                    try await holds("four are enough for it, give or take", for: .seconds(25)) {
                        try await Autoscaler.replicas(of: space) == 4
                    }
                    load.set(20)
                    try await Autoscaler.replicas(5, in: space, "there is far more to do")
                    load.set(0.1)
                    try await Autoscaler.replicas(2, in: space, "there is nothing to do")
                    try await holds("no less than the minimum", for: .seconds(10)) {
                        try await Autoscaler.replicas(of: space) == 2
                    }
                    group.cancelAll()
                }
                #expect(load.seen.isSubset(of: [2, 3, 4, 5]))
                // No counter fell, nor did the node's, whose pods came and went.
                #expect(metrics.faults == [])
            }
        }
    }
}
