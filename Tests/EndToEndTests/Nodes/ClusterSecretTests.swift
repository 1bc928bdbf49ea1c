import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing

extension ClusterTests {
    @Test("Secrets of the origin bring clusters, rotate their credentials and take them away", .rows(21, 51, 58, 60))
    func secrets() async throws {
        try await TestSpace.with("secrets") { space in
            let (fleet, file) = (space.fleet, try ConfigurationOnDisk(of: space.fleet))
            let kubeconfig = try file.kubeconfig(of: "eu-central")
            let pod = Manifest.podSpec(Manifest.cluster("eu-central"))
            try await space.apply(Manifest.deployment(replicas: 2, pod: pod))
            let before = try await space.running(2)
            try await space.origin.makeNamespace(FleetPlan.secretsNamespace)
            try await file.without("eu-central", of: fleet) {
                for format in [SecretFormat.own, .clusterAPI] {
                    let begun = fleet.martlet.logText().count
                    try await space.cluster(format, kubeconfig)
                    try await fleet.log(after: begun, contains: "Serving the cluster")
                    try await fleet.nodesReady(["eu-central"], within: .seconds(5))
                    #expect(try await fleet.node("eu-central").label("topology.kubernetes.io/region") == "eu")
                    #expect(try await space.running(2).delegateUIDs == before.delegateUIDs)
                    try await rotation(in: space, format)
                    let since = fleet.martlet.logText().count
                    try await space.origin.kubectl(
                        "-n",
                        FleetPlan.secretsNamespace,
                        "delete",
                        "secret",
                        "eu-central-kubeconfig"
                    )
                    try await eventually("it goes with its Secret") {
                        fleet.martlet.logText().dropFirst(since).contains("No longer serving the cluster")
                    }
                }
            }
            try await fleet.nodesReady()
            #expect(try await space.running(2).delegateUIDs == before.delegateUIDs)
        }
    }

    /// A broken kubeconfig is told and changes nothing; one with other credentials takes over, and nobody notices.
    private func rotation(in space: TestSpace, _ format: SecretFormat) async throws {
        let remote = space.fleet.remote("eu-central")
        let ready = try await space.fleet.node("eu-central").condition("Ready")?["lastTransitionTime"]
        try await space.cluster(format, "clusters: {")
        try await eventually("the Secret says what is wrong with it") {
            try await space.origin.list(.events, namespace: FleetPlan.secretsNamespace).contains {
                $0.at("involvedObject", "name") == "eu-central-kubeconfig" && $0["reason"] == "KubeconfigUnusable"
            }
        }
        let account = "system:serviceaccount:martlet:martlet"
        let other = try remote.control.writeKubeconfig(user: account, via: remote.relay.endpoint)
        let since = space.fleet.martlet.logText().count
        try await space.cluster(format, String(contentsOfFile: other, encoding: .utf8))
        try await eventually("the other credentials are taken") {
            space.fleet.martlet.logText().dropFirst(since).contains("The kubeconfig has changed")
        }
        try await space.kubectl("scale", "deployment/web", "--replicas=3")
        try await space.running(3)
        try await space.kubectl("scale", "deployment/web", "--replicas=2")
        try await eventually("two are left") { try await space.snapshot().isRunning(2) }
        #expect(try await space.fleet.node("eu-central").condition("Ready")?["lastTransitionTime"] == ready)
    }
}

/// Who makes a Secret that brings a cluster.
private enum SecretFormat {
    case own, clusterAPI

    var label: String { self == .own ? "martlet.dev/cluster" : "cluster.x-k8s.io/cluster-name" }
    var key: String { self == .own ? "kubeconfig" : "value" }
}

extension TestSpace {
    /// Has a Secret bring eu-central with a kubeconfig.
    fileprivate func cluster(_ format: SecretFormat, _ kubeconfig: String) async throws {
        let secret: JSON = [
            "apiVersion": "v1", "kind": "Secret",
            "metadata": [
                "name": "eu-central-kubeconfig", "labels": JSON([format.label: "eu-central"]),
                "annotations": ["martlet.dev/cluster-settings": "region: eu"],
            ],
            "stringData": JSON([format.key: kubeconfig]),
        ]
        try await origin.apply(secret, namespace: FleetPlan.secretsNamespace)
    }
}
