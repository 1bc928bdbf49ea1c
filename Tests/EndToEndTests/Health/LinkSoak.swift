import Foundation
import Testbed
import Testing

/// Links between sites on which answers come late, one that comes and goes, and one long cut; the figures are printed. As
/// many seconds as are asked for (`make soak`), and four minutes.
@Suite(
    .enabled(if: ProcessInfo.processInfo.environment["MARTLET_SOAK_LINKS"] != nil, "MARTLET_SOAK_LINKS is not given"),
    .fleet(.unsteadyLinks)
)
struct LinkSoak {
    @Test(
        "Replicas stay where they belong behind late probes and a link that comes and goes, and a long cut moves them",
        .rows(65, 108)
    )
    func links() async throws {
        let given = ProcessInfo.processInfo.environment
        let seconds = try #require(given["MARTLET_SOAK_LINKS"].flatMap { Int($0) })
        let seed = given["MARTLET_SOAK_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000)
        Patience.note("links: drawn with SOAK_SEED=\(seed)")
        try await TestSpace.with("unsteady") { space in
            let links = UnsteadyLinks(space: space, seed: seed)
            try await links.populate()
            try await space.fleet.repaired {
                try await space.fleet.makeWaysUneven(to: ["Nantes", "Grenoble", "Luxembourg", "Lille"])
                let all = try await links.run(for: .seconds(seconds))
                for figures in all { Patience.note("links: \(figures)") }
                for figures in all { figures.check() }
                let late = all.compactMap(\.drawn?.late).reduce(0, +)
                #expect(late > 0, "chance held nothing back: the soak was too short")
                try await space.fleet.nodesReady()
                try await LongCut(space: space).run(among: UnsteadyLinks.pods)
            }
        }
    }
}

extension FleetPlan {
    /// Four remotes in two regions, two in each, and the five minutes for which pods usually stay on a node that is not
    /// ready.
    fileprivate static let unsteadyLinks = FleetPlan(
        remotes: [("us-east", "us"), ("us-west", "us"), ("eu-central", "eu"), ("eu-west", "eu")].map { name, region in
            Remote(name: name, region: region, store: .ofOrigin)
        },
        arguments: ["--metrics-addr", "127.0.0.1:\(statusPort)"],
        isAlone: true
    )
}
