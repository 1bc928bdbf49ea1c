import KubeModel
import Testing

extension TranslationTests {
    /// Pods that a cluster does not take.
    @Suite struct PolicyTests {
        struct Demand: Sendable, CustomTestStringConvertible {
            let reason: String
            let spec: JSON

            var testDescription: String { reason }

            static let all = [
                Demand(reason: "HostNetworkForbidden", spec: ["hostNetwork": true]),
                Demand(reason: "HostPIDForbidden", spec: ["hostPID": true]),
                Demand(reason: "HostIPCForbidden", spec: ["hostIPC": true]),
                Demand(
                    reason: "HostPortForbidden",
                    spec: container(["ports": [["containerPort": 80, "hostPort": 8080]]])
                ),
                Demand(reason: "PrivilegedForbidden", spec: container(["securityContext": ["privileged": true]])),
                Demand(
                    reason: "HostPathForbidden",
                    spec: ["volumes": [["name": "logs", "hostPath": ["path": "/var/log"]]]]
                ),
            ]

            private static func container(_ changes: JSON) -> JSON {
                ["containers": [Manifest.overlay(changes, on: ["name": "main", "image": "registry.example/web:1"])]]
            }

            func pod(_ name: String, cluster: String) -> JSON {
                Manifest.pod(name, Manifest.podSpec(Manifest.overlay(spec, on: Manifest.cluster(cluster))))
            }
        }

        @Test(
            "What reaches into a host is refused with the reason on the pod, and runs where it is allowed",
            .rows(109),
            arguments: Demand.all
        )
        func policies(demand: Demand) async throws {
            try await TestSpace.with("policy") { space in
                try await space.apply(demand.pod("refused", cluster: "us-east"))
                let pod = try await space.pod("refused", "is failed", within: .seconds(2)) { $0.phase == "Failed" }
                #expect(pod.at("status", "reason")?.string == demand.reason)
                #expect(pod.at("status", "message")?.string?.contains("us-east") == true)
                try await space.event(about: "refused", containing: demand.reason)
                try await space.apply(demand.pod("allowed", cluster: "eu-central"))
                _ = try await space.running("allowed", in: "eu-central")
                #expect(try await space.delegate(of: pod, in: "us-east") == nil)
            }
        }

        @Test("A pod whose namespace would have too long a name in its cluster is refused there only", .rows(22, 109))
        func longNamespace() async throws {
            // With the template's nine characters, more than 63.
            try await TestSpace.with(String(repeating: "long", count: 13)) { space in
                for cluster in ["us-west", "us-east"] {
                    try await space.apply(Manifest.pod("in-\(cluster)", Manifest.podSpec(Manifest.cluster(cluster))))
                }
                let pod = try await space.pod("in-us-west", "is failed") { $0.phase == "Failed" }
                #expect(pod.at("status", "reason") == "NamespaceTooLong")
                try await space.event(about: "in-us-west", containing: "NamespaceTooLong")
                _ = try await space.running("in-us-east", in: "us-east")
            }
        }

        @Test(
            "Devices that the origin's claims stand for are refused: they are not the cluster's",
            .rows(93, 109),
            .enabled(if: KubernetesRelease.minor >= 34)
        )
        func resourceClaims() async throws {
            try await TestSpace.with("devices") { space in
                // Bound by its author: a scheduler would wait for the claim.
                let spec: JSON = [
                    "nodeName": "us-east", "resourceClaims": [["name": "gpu", "resourceClaimName": "gpu"]],
                ]
                try await space.apply(Manifest.pod("web", Manifest.podSpec(spec)))
                let pod = try await space.pod("web", "is failed") { $0.phase == "Failed" }
                #expect(pod.at("status", "reason") == "ResourceClaimsForbidden")
                try await space.event(about: "web", containing: "ResourceClaimsForbidden")
                #expect(try await space.delegate(of: pod, in: "us-east") == nil)
            }
        }

        @Test("A ReplicaSet replaces refused pods, ever more slowly, and nothing reaches the cluster", .rows(109))
        func replacements() async throws {
            try await TestSpace.with("spin") { space in
                let spec = Manifest.overlay(["hostNetwork": true], on: Manifest.cluster("us-east"))
                try await space.apply(Manifest.replicaSet("web", replicas: 3, pod: Manifest.podSpec(spec)))
                try await eventually("pods are failed and replaced", within: .seconds(5)) {
                    try await space.origin.pods(in: space.name)
                } until: { pods in
                    let failed = pods.filter { $0.phase == "Failed" }
                    return failed.contains { $0.at("status", "reason")?.string == "HostNetworkForbidden" }
                        && pods.count >= 3 + failed.count
                }
                // Three at once, then one after 1, 2, 4 and 8 seconds.
                try await holds("pods are not made and refused in a hurry", for: .seconds(10)) {
                    try await space.origin.pods(in: space.name).count <= 3 + 3 + 5
                }
                try await eventually("a pod that waits says why") {
                    try await space.origin.pods(in: space.name).contains {
                        let words = $0.condition("martlet.dev/Delegated")?["message"]?.string
                        return $0.phase == "Pending" && words?.contains("HostNetworkForbidden") == true
                    }
                }
                #expect(try await space.snapshot().delegates.isEmpty)
                try await space.kubectl("delete", "replicaset/web", "--wait=false")
                try await space.empty()
            }
        }

        @Test("Pods of a DaemonSet stay out, run or fail, as each cluster says", .rows(97, 109))
        func daemonSets() async throws {
            try await TestSpace.with("daemon") { space in
                try await space.apply(Manifest.daemonSet("agent"))
                try await eventually("each cluster's policy shows") {
                    try await space.origin.pods(in: space.name)
                } until: { pods in
                    let ignored = pods.first { $0.nodeName == "us-east" }
                    // Its controller takes a failed pod away at once; the next one waits and says why.
                    let rejected = pods.first { $0.nodeName == "us-west" }
                    let words = rejected?.condition("martlet.dev/Delegated")?["message"]?.string ?? ""
                    return ignored?.condition("martlet.dev/Delegated")?["reason"]?.string == "DaemonSetIgnored"
                        && (rejected?.at("status", "reason")?.string == "DaemonSetRejected"
                            || words.contains("DaemonSetRejected"))
                        && pods.contains { $0.nodeName == "eu-central" && $0.isReady }
                }
                try await space.kubectl("delete", "daemonset/agent", "--wait=false")
                try await space.empty()
            }
        }
    }
}
