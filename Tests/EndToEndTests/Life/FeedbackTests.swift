import KubeClient
import KubeModel
import Testing

extension LifeTests {
    /// What happens to a delegate is at its pod.
    @Suite struct FeedbackTests {}
}

extension LifeTests.FeedbackTests {
    @Test("A warning about a delegate is an event of its pod within two seconds, counted, and in describe", .rows(114))
    func events() async throws {
        try await TestSpace.with("events") { space in
            let remote = try await space.runningPod(on: "us-west")
            let delegate = try #require(try await remote.pod("web", in: space.name))
            try await remote.warn(of: delegate, name: "first", "Failed to pull image", count: 1)
            try await space.event(about: "web", containing: "Failed to pull image", within: .seconds(2))
            try await remote.warn(of: delegate, name: "first", "Failed to pull image", count: 7)
            let told = try await eventually("the event is counted", within: .seconds(2)) {
                try await space.mirroredEvents()
            } until: {
                $0.first?["count"] == 7
            }
            #expect(told.count == 1)
            let pod = try #require(try await space.origin.pod("web", in: space.name))
            #expect(told.first?.at("involvedObject", "uid")?.string == pod.uid)
            let text = try await space.kubectl("describe", "pod/web")
            #expect(text.contains("Failed to pull image"))
            #expect(text.contains("us-west/kubelet"))
        }
    }

    @Test("Events about other pods of the remote, and those that are no warning, are nobody's business", .rows(114))
    func strangers() async throws {
        try await TestSpace.with("others") { space in
            let remote = try await space.runningPod(on: "us-west")
            try await remote.apply(Manifest.pod("other"), namespace: space.name)
            let other = try #require(try await remote.pod("other", in: space.name))
            try await remote.warn(of: other, name: "strange", "a stranger's trouble", count: 1)
            let delegate = try #require(try await remote.pod("web", in: space.name))
            try await remote.warn(of: delegate, name: "last", "our own", count: 1)
            try await space.event(about: "web", containing: "our own", within: .seconds(5))
            #expect(try await space.mirroredEvents().map { $0["message"]?.string } == ["our own"])
        }
    }

    @Test("A flood of events about one delegate is cut off at its pod, and holds up no other pod's", .rows(114))
    func flood() async throws {
        try await TestSpace.with("flood") { space in
            let remote = try await space.runningPod("noisy", on: "us-west")
            _ = try await space.runningPod("calm", on: "us-west")
            let noisy = try #require(try await remote.pod("noisy", in: space.name))
            let calm = try #require(try await remote.pod("calm", in: space.name))
            for number in 0..<60 {
                let event = warning(about: noisy, name: "noise-\(number)", "noise \(number)", count: 1)
                _ = try await remote.client.create(.events, namespace: space.name, object: event)
            }
            try await remote.warn(of: calm, name: "word", "a quiet word", count: 1)
            try await space.event(about: "calm", containing: "a quiet word", within: .seconds(5))
            // 25 at once and the next in five minutes (docs/pods.md), less what something else may have been worth a word.
            try await eventually("the pod is told what may be told at once", within: .seconds(5)) {
                try await space.mirroredEvents(about: "noisy").count
            } until: {
                $0 >= 20
            }
            try await holds("no more is told", for: .seconds(3)) {
                try await space.mirroredEvents(about: "noisy").count <= 25
            }
        }
    }

    @Test("Chosen annotations of a delegate come up to its pod, and only those", .rows(87))
    func annotations() async throws {
        try await TestSpace.with("results") { space in
            let remote = try await space.runningPod(
                on: "us-east",
                annotations: ["results.example.com/phase": "none", "mine": "yes"]
            )
            for value in ["one", "two"] {
                try await remote.kubectl(
                    "-n",
                    space.name,
                    "annotate",
                    "--overwrite",
                    "pod/web",
                    "results.example.com/phase=\(value)",
                    "other=x"
                )
                try await space.pod("web", "has the result", within: .seconds(2)) {
                    $0.annotation("results.example.com/phase") == value
                }
            }
            try await space.kubectl("annotate", "--overwrite", "pod/web", "mine=still")
            let delegate = try await space.delegate("web", on: "us-east", "has the pod's own") {
                $0.annotation("mine") == "still"
            }
            #expect(delegate.annotation("results.example.com/phase") == "two")
            #expect(try await space.origin.pod("web", in: space.name)?.annotation("other") == nil)
        }
    }

    @Test("An evicted delegate fails its pod with the reason, and the ReplicaSet replaces it", .rows(89))
    func evicted() async throws {
        try await TestSpace.with("evicted") { space in
            let spec = Manifest.podSpec(Manifest.cluster("us-west"))
            try await space.apply(Manifest.replicaSet("web", replicas: 1, pod: spec))
            let before = try await space.running(1)
            let status: JSON = [
                "phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory.",
            ]
            _ = try await space.fleet.remote("us-west").client.patch(
                .pods,
                namespace: space.name,
                name: before.pods[0].name,
                subresource: "status",
                type: .strategicMerge,
                body: ["status": status]
            )
            let pod = try await space.pod(before.pods[0].name, "says why it failed") { $0.phase == "Failed" }
            #expect(pod.at("status", "reason")?.string == "Evicted")
            #expect(pod.at("status", "message")?.string?.contains("memory") == true)
            try await eventually("another pod runs") {
                try await space.snapshot().pods.contains { $0.uid != pod.uid && $0.isReady }
            }
        }
    }
}

extension TestSpace {
    /// The events of pods that came from a remote: of all, or of one.
    fileprivate func mirroredEvents(about pod: String? = nil) async throws -> [JSON] {
        try await origin.list(.events, namespace: name).filter { event in
            guard event.at("source", "component")?.string?.hasPrefix("us-") ?? false else { return false }
            return pod == nil || event.at("involvedObject", "name")?.string == pod
        }
    }
}

extension FleetCluster {
    /// Says something of a pod, as the kubelet of its node would.
    fileprivate func warn(of pod: JSON, name: String, _ message: String, count: Int64) async throws {
        let event = warning(about: pod, name: name, message, count: count)
        try await apply(event, namespace: event.at("metadata", "namespace")?.string)
    }
}

/// A kubelet's event about a pod.
private func warning(about pod: JSON, name: String, _ message: String, count: Int64) -> JSON {
    let namespace = pod.at("metadata", "namespace")?.string ?? ""
    return [
        "apiVersion": "v1", "kind": "Event", "metadata": ["name": .string(name), "namespace": .string(namespace)],
        "involvedObject": [
            "apiVersion": "v1", "kind": "Pod", "namespace": .string(namespace), "name": .string(pod.name),
            "uid": .string(pod.uid), "fieldPath": "spec.containers{main}",
        ],
        "type": "Warning", "reason": "Failed", "message": .string(message), "count": .int(count),
        "firstTimestamp": "2026-11-21T06:00:00Z", "lastTimestamp": "2026-11-21T06:00:00Z",
        "source": ["component": "kubelet", "host": .string(pod.nodeName)],
    ]
}
