import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing

extension ClusterTests {
    @Test("Kubeconfigs in a folder bring clusters, rotate their credentials and take them away", .rows(21, 51, 60))
    func folder() async throws {
        try await TestSpace.with("folder") { space in
            let (fleet, file) = (space.fleet, try ConfigurationOnDisk(of: space.fleet))
            let folder = KubeconfigFolder(of: fleet)
            let pod = Manifest.podSpec(Manifest.cluster("eu-central"))
            try await space.apply(Manifest.deployment(replicas: 2, pod: pod))
            let before = try await space.running(2)
            let told = fleet.martlet.logText().count
            try await file.with { clusters in
                clusters.removeAll { $0["name"]?.string == "eu-central" }
            } during: {
                try await fleet.log(after: told, contains: "No longer serving the cluster")
                try await space.origin.kubectl("delete", "node", "eu-central")
                try folder.write("clusters: [{", to: "nobody.kubeconfig")
                try folder.write("region: eu\nlabels: {example.com/from: folder}\n", to: "eu-central.settings.yaml")
                // Its context, cluster and user are called as those of another cluster's kubeconfig.
                let kubeconfig = try file.kubeconfig(of: "eu-central")
                let clashing = kubeconfig.replacingOccurrences(of: "\"eu-central\"", with: "\"us-east\"")
                try #require(clashing != kubeconfig)
                try folder.write(clashing, to: "eu-central.kubeconfig")
                try await fleet.nodesReady(["eu-central"], within: .seconds(5))
                #expect(try await fleet.node("eu-central").label("example.com/from") == "folder")
                #expect(try await space.running(2).delegateUIDs == before.delegateUIDs)
                try await fleet.log(after: told, contains: "nobody.kubeconfig")
                #expect(try await space.origin.find(.nodes, "nobody") == nil)
                try await rotation(in: space, folder)
                let since = fleet.martlet.logText().count
                try folder.removeAll()
                try await fleet.log(after: since, contains: "No longer serving the cluster")
            }
            try await fleet.nodesReady()
            #expect(try await space.running(2).delegateUIDs == before.delegateUIDs)
        }
    }

    /// A half-written kubeconfig is told and changes nothing; one with other credentials takes over, and nothing that is
    /// open ends.
    private func rotation(in space: TestSpace, _ folder: KubeconfigFolder) async throws {
        let (fleet, remote) = (space.fleet, space.fleet.remote("eu-central"))
        let ready = try await fleet.node("eu-central").condition("Ready")?["lastTransitionTime"]
        let since = fleet.martlet.logText().count
        let account = "system:serviceaccount:martlet:martlet"
        let other = try remote.control.writeKubeconfig(user: account, via: remote.relay.endpoint)
        let text = try String(contentsOfFile: other, encoding: .utf8)
        try folder.write(String(text.prefix(text.count / 3)) + "\n- [", to: "eu-central.kubeconfig")
        try await eventually("the node says what is wrong with the file") {
            try await space.origin.list(.events).contains {
                $0.at("involvedObject", "kind") == "Node" && $0.at("involvedObject", "name") == "eu-central"
                    && $0["reason"] == "ClusterUnusable"
            }
        }
        try folder.write(text, to: "eu-central.kubeconfig")
        try await fleet.log(after: since, contains: "The kubeconfig has changed")
        try await space.kubectl("scale", "deployment/web", "--replicas=3")
        try await space.running(3)
        try await space.kubectl("scale", "deployment/web", "--replicas=2")
        try await eventually("two are left") { try await space.snapshot().isRunning(2) }
        #expect(try await fleet.node("eu-central").condition("Ready")?["lastTransitionTime"] == ready)
        let log = fleet.martlet.logText().dropFirst(since).split(separator: "\n").filter { $0.contains("eu-central") }
        #expect(!log.contains { $0.contains("Serving the cluster") || $0.contains("Watch or list failed") })
    }
}

/// The folder in which a fleet's martlet looks for kubeconfigs.
private struct KubeconfigFolder {
    private let path: String

    init(of fleet: Fleet) {
        let place = URL(fileURLWithPath: fleet.configuration).deletingLastPathComponent()
        path = place.appendingPathComponent(FleetPlan.kubeconfigFolder).path
    }

    func write(_ text: String, to file: String) throws {
        try text.write(toFile: "\(path)/\(file)", atomically: true, encoding: .utf8)
    }

    func removeAll() throws {
        for file in try FileManager.default.contentsOfDirectory(atPath: path) {
            try FileManager.default.removeItem(atPath: "\(path)/\(file)")
        }
    }
}
