import KubeClient
import KubeModel
import Testbed
import Testing

extension AdministrationTests {
    @Test(
        "A cluster that is gone is abandoned by a person's word alone, and what is left there ends when it joins again",
        .rows(116)
    )
    func abandon() async throws {
        try await TestSpace.with("abandon") { space in
            let (fleet, remote) = (space.fleet, space.fleet.remote("eu-central"))
            try await fleet.join("eu-central")
            try await fleet.nodesReady(["eu-central"])
            let hasty = Manifest.overlay(["terminationGracePeriodSeconds": 1], on: Self.preferring("eu-central"))
            try await space.apply(Manifest.statefulSet("db", replicas: 1, pod: Manifest.podSpec(hasty)))
            // A budget that an eviction of the lost pod would wait for, for ever.
            try await space.kubectl("create", "pdb", "db", "--selector=app=db", "--min-available=1")
            let before = try await space.running(1)
            #expect(before.counts == ["eu-central": 1])

            let early = try await fleet.command(["leave", "eu-central", "--abandon"])
            #expect(early.status == .exited(code: 1))
            #expect(early.errorOutput.contains("eu-central answers"))
            #expect(try await fleet.node("eu-central").at("spec", "unschedulable") == nil)

            try await withCleanUp({ try await remote.relay.set(.open) }) {
                try await remote.relay.set(.cut)
                try await space.unreachable("eu-central", within: .seconds(30))
                try await space.pod("db-0", "is out of reach") { !$0.isReady }
                let gone = try await fleet.command(["leave", "eu-central", "--abandon"]).checked()
                #expect(gone.errorOutput.contains("run twice then: \(space.name)/db-0"))
                #expect(gone.errorOutput.contains("delete pods --all-namespaces --selector 'martlet.dev/origin="))
                #expect(gone.output.contains("pod/db-0 in \(space.name) deleted: by force"))
                #expect(try await space.origin.find(.nodes, "eu-central") == nil)
                let secret = try await space.origin.find(.secrets, "cluster-eu-central", in: FleetPlan.secretsNamespace)
                #expect(secret == nil)
                try await space.pod("db-0", "runs elsewhere", within: .seconds(20)) {
                    $0.isReady && $0.nodeName != "eu-central" && !before.podUIDs.contains($0.uid)
                }
                let left = try await remote.pods(in: space.name)
                #expect(Set(left.map(\.uid)) == before.delegateUIDs && left.allSatisfy { !$0.isTerminating })
            }
            // It is back: what has no pod any more ends, and nothing else.
            try await fleet.join("eu-central")
            let after = try await space.running(1, within: .seconds(20))
            #expect(after.counts["eu-central"] == nil)
            try await space.kubectl("delete", "statefulset", "db", "--wait=false")
            try await space.empty()
            try await fleet.leave("eu-central")
        }
    }

    /// The members of a pod spec that has a cluster chosen as long as it is there.
    private static func preferring(_ cluster: String) -> JSON {
        let term: JSON = ["matchExpressions": [Manifest.expression("kubernetes.io/hostname", "In", [cluster])]]
        let preferred: JSON = [["weight": 100, "preference": term]]
        return ["affinity": ["nodeAffinity": ["preferredDuringSchedulingIgnoredDuringExecution": preferred]]]
    }
}
