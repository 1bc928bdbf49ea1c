import Foundation
import KubeClient
import KubeModel
import Testing

extension LifeTests {
    /// What a remote's policy refuses: the pod says it in the remote's words, and its controller gets to decide.
    @Suite struct RefusalTests {}
}

extension LifeTests.RefusalTests {
    @Test("A bare pod over the remote's quota says so and starts when there is room", .rows(79, 81))
    func quota() async throws {
        try await TestSpace.with("quota") { space in
            let remote = space.fleet.remote("us-west")
            try await remote.forbidPods(in: space.name)
            try await space.apply(Manifest.pod("web", Manifest.podSpec(Manifest.cluster("us-west"))))
            let pod = try await space.pod("web", "says what refused it", within: .seconds(5)) {
                $0.condition("martlet.dev/Delegated")?["message"]?.string?.contains("exceeded quota") ?? false
            }
            #expect(pod.condition("martlet.dev/Delegated")?["reason"]?.string == "DelegateForbidden")
            try await space.event(about: "web", containing: "exceeded quota")
            try await remote.kubectl("-n", space.name, "delete", "resourcequota/none")
            try await space.running(1, within: .seconds(40))
        }
    }

    @Test(
        "A pod that the remote finds invalid says so in its words, and is tried at once when it has changed",
        .rows(109)
    )
    func invalid() async throws {
        try await TestSpace.with("invalid") { space in
            var pod = Manifest.pod("web", Manifest.podSpec(Manifest.cluster("us-west")))
            pod["metadata"]?["labels"]?["broken"] = "yes"
            try await space.apply(pod)
            let told = try await space.pod("web", "says what refused it", within: .seconds(5)) {
                $0.condition("martlet.dev/Delegated")?["reason"] == "DelegateInvalid"
            }
            let words = told.condition("martlet.dev/Delegated")?["message"]?.string ?? ""
            #expect(words.contains("must be between 1 and 65535"), "\(words)")
            #expect(told.phase == "Pending")
            try await space.event(about: "web", containing: "must be between 1 and 65535")
            try await space.kubectl("label", "pod/web", "broken-")
            try await space.running(1)
        }
    }

    @Test("A pod that a webhook of the remote denies says so in the webhook's words", .rows(109))
    func webhook() async throws {
        try await TestSpace.with("webhook") { space in
            let remote = space.fleet.remote("us-west")
            try await DenyingWebhook.run(in: remote, namespace: space.name, words: "only on working days") { _ in
                try await space.apply(Manifest.pod("web", Manifest.podSpec(Manifest.cluster("us-west"))))
                let pod = try await space.pod("web", "says what refused it", within: .seconds(5)) {
                    $0.condition("martlet.dev/Delegated")?["message"]?.string?.contains("only on working days") ?? false
                }
                #expect(pod.condition("martlet.dev/Delegated")?["reason"] == "DelegateForbidden")
                try await space.event(about: "web", containing: "only on working days")
            }
            try await space.running(1, within: .seconds(40))
        }
    }

    /// What a busy or broken server answers, and what the pod then says.
    @Test(
        "A pod whose remote is busy or broken is tried again, in no hurry, and is not Failed for it",
        .rows(89, 109),
        arguments: [(429, 1, "RemoteBusy"), (503, nil, "RemoteUnavailable")] as [(Int64, Int64?, String)]
    )
    func busy(code: Int64, retryAfter: Int64?, reason: String) async throws {
        try await TestSpace.with("busy") { space in
            let remote = space.fleet.remote("us-west")
            let spec = Manifest.podSpec(Manifest.cluster("us-west"))
            try await DenyingWebhook.run(
                in: remote,
                namespace: space.name,
                words: "come back later",
                code: code,
                retryAfter: retryAfter
            ) { webhook in
                try await space.apply(Manifest.replicaSet("web", replicas: 1, pod: spec))
                let pods = try await eventually("its pod says what it waits for", within: .seconds(10)) {
                    try await space.origin.pods(in: space.name)
                } until: { pods in
                    pods.first?.condition("martlet.dev/Delegated")?["reason"]?.string == reason
                }
                let name = try #require(pods.first).name
                let before = webhook.tries(of: name)
                try await holds("it is neither Failed nor tried in a hurry", for: .seconds(5)) {
                    let pods = try await space.origin.pods(in: space.name)
                    return pods.map(\.name) == [name] && pods[0].phase == "Pending"
                        && webhook.tries(of: name) - before <= 12
                }
            }
            try await space.running(1, within: .seconds(40))
        }
    }

    @Test("What a remote does not let be copied is a refusal: a ReplicaSet's pod is Failed and replaced", .rows(79, 81))
    func secretQuota() async throws {
        try await TestSpace.with("secretquota") { space in
            let remote = space.fleet.remote("us-west")
            try await remote.forbid("secrets", in: space.name)
            try await space.kubectl("create", "secret", "generic", "keys", "--from-literal=a=b")
            let container: JSON = [
                "name": "main", "image": "web", "envFrom": [["secretRef": ["name": "keys"]]],
            ]
            let spec = Manifest.overlay(Manifest.cluster("us-west"), on: ["containers": [container]])
            try await space.apply(Manifest.replicaSet("web", replicas: 1, pod: spec))
            let failed = try await eventually("a pod is Failed for the quota", within: .seconds(20)) {
                try await space.snapshot().pods.first { $0.phase == "Failed" }
            } until: {
                $0 != nil
            }
            #expect(failed?.at("status", "reason")?.string == "SecretNotCopied")
            #expect(failed?.at("status", "message")?.string?.contains("exceeded quota") == true)
            try await remote.kubectl("-n", space.name, "delete", "resourcequota/none")
            try await eventually("a pod runs", within: .seconds(60)) {
                try await space.snapshot().pods.contains { $0.isReady }
            }
        }
    }

    @Test(
        "A delegate that makes room for others comes back when there is room, and its pod says why not before",
        .rows(89)
    )
    func preempted() async throws {
        try await TestSpace.with("preempted") { space in
            let remote = space.fleet.remote("us-west")
            let container: JSON = [
                "name": "main", "image": "web", "resources": ["requests": ["cpu": "20"]],
            ]
            let members: JSON = ["containers": [container], "terminationGracePeriodSeconds": 1]
            try await space.apply(Manifest.pod("web", Manifest.overlay(Manifest.cluster(remote.name), on: members)))
            let before = try await space.running(1)
            try await remote.kubectl("create", "priorityclass", space.name, "--value=1000")
            try await remote.takes(["priorityClassName": .string(space.name)], in: space.name)
            let urgent = Manifest.overlay(["priorityClassName": .string(space.name)], on: members)
            try await remote.apply(Manifest.pod("urgent", urgent), namespace: space.name)
            let pod = try await space.pod("web", "says that it has no place", within: .seconds(15)) {
                $0.condition("martlet.dev/DelegateScheduled")?["message"]?.string?.contains("Insufficient cpu") ?? false
            }
            #expect(!pod.isReady && pod.phase != "Failed")
            #expect(pod.uid == before.pods[0].uid)
            try await remote.kubectl("-n", space.name, "delete", "pod/urgent", "--wait=false")
            let after = try await space.running(1, within: .seconds(30))
            #expect(after.podUIDs == before.podUIDs)
            #expect(after.delegateUIDs.isDisjoint(with: before.delegateUIDs))
            #expect(after.pods[0].restarts > before.pods[0].restarts)
            try await remote.kubectl("delete", "priorityclass", space.name)
        }
    }

    @Test("A ReplicaSet's pod that is refused again and again is Failed and replaced, ever more slowly", .rows(81, 109))
    func givenUp() async throws {
        try await TestSpace.with("givenup") { space in
            let remote = space.fleet.remote("us-west")
            try await remote.forbidPods(in: space.name)
            try await space.apply(
                Manifest.replicaSet("web", replicas: 1, pod: Manifest.podSpec(Manifest.cluster("us-west")))
            )
            let failed = try await eventually("a pod is Failed for the quota", within: .seconds(20)) {
                try await space.snapshot().pods.first { $0.phase == "Failed" }
            } until: {
                $0 != nil
            }
            #expect(failed?.at("status", "reason")?.string == "DelegateForbidden")
            #expect(failed?.at("status", "message")?.string?.contains("exceeded quota") == true)
            #expect(failed?.condition("Ready")?["status"]?.string == "False")
            try await eventually("its successor waits", within: .seconds(10)) {
                try await space.snapshot().pods.contains {
                    $0.phase == "Pending" && $0.condition("martlet.dev/Delegated") != nil
                }
            }
            try await remote.kubectl("-n", space.name, "delete", "resourcequota/none")
            try await eventually("a pod runs", within: .seconds(40)) {
                try await space.snapshot().pods.contains { $0.isReady }
            }
            #expect(try await space.snapshot().pods.count <= 8, "nothing spins")
        }
    }
}

extension FleetCluster {
    /// No pod may be made in the namespace any more.
    func forbidPods(in namespace: String) async throws { try await forbid("pods", in: namespace) }

    /// No object of this resource may be made in the namespace any more.
    func forbid(_ resource: String, in namespace: String) async throws {
        try await makeNamespace(namespace)
        let quota: JSON = [
            "apiVersion": "v1", "kind": "ResourceQuota", "metadata": ["name": "none"],
            "spec": ["hard": .object([resource: "0"])],
        ]
        try await apply(quota, namespace: namespace)
        try await eventually("the quota is counted") {
            let text = try await kubectl(
                "-n",
                namespace,
                "get",
                "resourcequota/none",
                "-o",
                "jsonpath={.status.hard.\(resource)}"
            )
            return text == "0"
        }
    }
}
