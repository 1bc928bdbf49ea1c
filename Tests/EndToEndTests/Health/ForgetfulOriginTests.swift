import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing

extension HealthTests {
    @Test("An origin restored from an older backup ends no delegate until a person says so", .rows(120))
    func restoredOrigin() async throws {
        try await TestSpace.with("backup") { space in
            let cluster = "us-east"
            try await space.applyPod("old-1", on: cluster)
            let reference: JSON = ["name": "late", "optional": true]
            let container: JSON = ["name": "main", "image": "a", "envFrom": [["configMapRef": reference]]]
            let referring = Manifest.overlay(["containers": [container]], on: Manifest.cluster(cluster))
            try await space.apply(Manifest.pod("old-2", referring))
            let old = try await space.running(2)
            let backup = try await space.origin.control.backUp()
            try await space.fleet.nodesReady()
            let spec = Manifest.overlay(["terminationGracePeriodSeconds": 1], on: Manifest.cluster(cluster))
            try await space.apply(Manifest.deployment("young", replicas: 12, pod: Manifest.podSpec(spec)))
            let remote = space.fleet.remote(cluster)
            try await space.kubectl("create", "configmap", "late", "--from-literal=a=b")
            try await eventually("a copy of what the backup does not have is there") {
                try await remote.find(.configMaps, "late", in: space.name) != nil
            }
            let young = Set(try await space.running(14).delegates.map(\.object.uid))
            try await space.fleet.repaired {
                try await space.origin.control.restore(backup)
                let held = try await eventually("the node says why nothing is ended", within: .seconds(40)) {
                    try await space.fleet.node(cluster).condition("martlet.dev/DeletionHeld")
                } until: {
                    $0 != nil
                }
                let message = held?["message"]?.string ?? ""
                #expect(message.contains("12 of the 14 delegates"), "\(message)")
                try await space.fleet.nodesReady()
                try await holds("all delegates live on", for: .seconds(5)) {
                    let delegates = try await space.delegates(in: cluster)
                    let copy = try await remote.find(.configMaps, "late", in: space.name)
                    return Set(delegates.map(\.uid)) == young && delegates.allSatisfy { !$0.isTerminating }
                        && copy != nil
                }
                let confirmation = try #require(message.split(separator: " ").last.map(String.init))
                try await space.origin.kubectl("annotate", "--overwrite", "node", cluster, "\(confirmation)0")
                try await holds("a wrong word ends nothing", for: .seconds(2)) {
                    try await space.delegates(in: cluster).count == 14
                }
                try await space.origin.kubectl("annotate", "--overwrite", "node", cluster, confirmation)
                let after = try await space.onlyRunning(["old-1", "old-2"])
                #expect(after.delegateUIDs == old.delegateUIDs)
                try await eventually("the copy is gone", within: .seconds(70)) {
                    try await remote.find(.configMaps, "late", in: space.name) == nil
                }
                try await eventually("the node says so no longer") {
                    try await space.fleet.node(cluster).condition("martlet.dev/DeletionHeld") == nil
                }
            }
        }
    }

    @Test("A cluster that is another one than before is left alone until a person says so")
    func anotherCluster() async throws {
        try await TestSpace.with("identity") { space in
            let (cluster, key) = ("us-west", "martlet.dev/remote-id")
            try await space.applyPod("web", on: cluster)
            let before = try await space.running(1)
            let remoteID = try await space.fleet.remote(cluster).client.get(.namespaces, name: "kube-system").uid
            #expect(try await space.fleet.node(cluster).annotation(key) == remoteID)
            try await space.fleet.repaired {
                try await space.origin.kubectl("annotate", "--overwrite", "node", cluster, "\(key)=another")
                let ready = try await eventually("the node says what is wrong") {
                    try await space.fleet.node(cluster).condition("Ready")
                } until: {
                    $0?["reason"]?.string == "RemoteChanged"
                }
                #expect(ready?["message"]?.string?.contains("\(key)=\(remoteID)") == true)
                try await space.deletePod("web")
                try await holds("nothing is done there", for: .seconds(3)) {
                    try await space.delegates(in: cluster).allSatisfy { !$0.isTerminating }
                }
                try await space.origin.kubectl("annotate", "--overwrite", "node", cluster, "\(key)=\(remoteID)")
                try await space.fleet.nodesReady([cluster])
                try await space.empty()
                #expect(before.counts == [cluster: 1])
            }
        }
    }

    @Test("What the origin evicts while martlet is away ends in its cluster before the node is Ready", .rows(65, 83))
    func evictedMeanwhile() async throws {
        // After the origin has given up the nodes; a soak asks for ten minutes.
        let away = ProcessInfo.processInfo.environment["MARTLET_SOAK_AWAY"].flatMap { Int64($0) } ?? 5
        try await TestSpace.with("evicted") { space in
            let cluster = "us-east"
            // The silence of martlet is not to move any, however long this takes.
            let patient = Manifest.overlay(Manifest.patience(seconds: 600 + away), on: Manifest.region("us"))
            let spec = Manifest.overlay(["terminationGracePeriodSeconds": 20], on: patient)
            let pod = Manifest.podSpec(spec)
            try await space.apply(Manifest.deployment(replicas: 12, annotations: LostCluster.slow, pod: pod))
            let before = try await space.running(12)
            let there = before.counts[cluster] ?? 0
            try #require(there > 0)
            try await space.fleet.repaired {
                await space.fleet.martlet.kill()
                try await space.origin.kubectl("taint", "node", cluster, "example.com/away=yes:NoExecute")
                try await eventually("the origin has given up the pods of one cluster") {
                    try await space.origin.pods(in: space.name).filter(\.isTerminating).count
                } until: {
                    $0 == there
                }
                try await space.originGivesUpNodes()
                try await holds("they run on, unknown to their origin", for: .seconds(away)) {
                    let delegates = try await space.delegates(in: cluster)
                    return delegates.count == there && delegates.allSatisfy { !$0.isTerminating }
                }
                try await space.fleet.martlet.start()
                try await eventually("the node is Ready again", within: .seconds(30)) {
                    try await space.fleet.node(cluster).isReady
                }
                #expect(try await space.delegates(in: cluster).isEmpty, "what was given up runs under a Ready node")
                let after = try await space.running(12, within: .seconds(30))
                #expect(after.counts == ["us-west": 12])
                let kept = Set(before.delegates.filter { $0.cluster == "us-west" }.map(\.object.uid))
                #expect(after.delegateUIDs.isSuperset(of: kept))
                try await space.origin.kubectl("taint", "node", cluster, "example.com/away-")
            }
        }
    }
}
