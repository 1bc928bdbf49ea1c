import Foundation
import KubeModel
import Testbed
import Testing

/// A HorizontalPodAutoscaler with all its windows as they come, scraped as seldom as metrics-server scrapes: some ten
/// minutes, of which most is waiting. Only where it is asked for (`make soak`).
@Suite(
    .enabled(if: ProcessInfo.processInfo.environment["MARTLET_SOAK_HPA"] != nil, "MARTLET_SOAK_HPA is not given"),
    .fleet(.stockAutoscaler)
)
struct AutoscalingSoak {
    @Test("An HPA with its usual windows scales up within minutes, and down after five", .rows(46, 47, 48))
    func stock() async throws {
        try await TestSpace.with("stock-hpa") { space in
            let load = Load(cores: 2)
            try await space.apply(Manifest.busy("web", replicas: 2, cpu: "500m", in: "us-east"))
            _ = try await space.running(2)
            try await MetricsServer.with(space.origin, every: .seconds(15)) { metrics in
                let form = try await Autoscaler.resource(of: space.origin.client)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await load.share(in: space) }
                    try await space.apply(Autoscaler.manifest(form))
                    // Without a window upwards it may take what the first two did before the load was shared for more.
                    let enough: ClosedRange<Int64> = 4...5
                    let what = "four replicas or five: the load is twice what it should be"
                    try await eventually(what, within: .seconds(180)) {
                        try await Autoscaler.replicas(of: space).map { enough.contains($0) } ?? false
                    }
                    try await holds("they are enough for it", for: .seconds(120)) {
                        try await Autoscaler.replicas(of: space).map { enough.contains($0) } ?? false
                    }
                    load.set(0.1)
                    // The highest of five minutes holds, and that was recommended a moment ago.
                    try await holds("they stay for a while after the load went", for: .seconds(210)) {
                        try await Autoscaler.replicas(of: space).map { enough.contains($0) } ?? false
                    }
                    try await Autoscaler.replicas(2, in: space, "there is nothing to do", within: .seconds(240))
                    group.cancelAll()
                }
                #expect(load.seen.isSubset(of: [2, 3, 4, 5]))
                #expect(metrics.faults == [])
            }
        }
    }
}

extension FleetPlan {
    fileprivate static let stockAutoscaler = FleetPlan(
        remotes: [
            Remote(
                name: "us-east",
                region: "us",
                nodes: .simulated(HollowNodes.Shape(count: 2, hasKubelets: true)),
                store: .ofOrigin,
                letsKubeletsBeAsked: true
            )
        ]
    )
}
