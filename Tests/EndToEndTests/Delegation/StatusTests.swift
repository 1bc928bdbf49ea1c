import Foundation
import KubeClient
import KubeModel
import Synchronization
import Testing

extension DelegationTests {
    /// What the origin says of a pod is what its remote says of the delegate, and says it soon.
    @Suite struct StatusTests {}
}

extension DelegationTests.StatusTests {
    @Test("Phase, conditions, container states, restarts, addresses and reasons equal the delegate's", .rows(78))
    func equal() async throws {
        try await TestSpace.with("status") { space in
            let failing = Manifest.podSpec(["restartPolicy": "Never"])
            let restarting = Manifest.podSpec(["restartPolicy": "OnFailure"])
            try await space.apply(Manifest.pod("steady", Self.guaranteed))
            try await space.apply(Manifest.pod("failed", annotations: Manifest.run(seconds: 1, exitCode: 42), failing))
            try await space.apply(Manifest.pod("done", annotations: Manifest.run(seconds: 1), failing))
            try await space.apply(Manifest.pod("again", annotations: Manifest.run(seconds: 3, exitCode: 1), restarting))
            let snapshot = try await eventually("all pods are where they are to be", within: .seconds(15)) {
                try await space.snapshot()
            } until: { snapshot in
                let phases = Dictionary(uniqueKeysWithValues: snapshot.pods.map { ($0.name, $0.phase) })
                let again = snapshot.pods.first { $0.name == "again" }?.restarts ?? 0
                return again > 0 && phases["steady"] == "Running" && phases["failed"] == "Failed"
                    && phases["done"] == "Succeeded" && snapshot.isOneToOne
                    && snapshot.pods.allSatisfy { $0.mirrors(in: snapshot) }
            }
            let failed = snapshot.pods.first { $0.name == "failed" }
            #expect(failed?.firstContainer?.at("state", "terminated", "exitCode")?.int == 42)
            for pod in snapshot.pods {
                #expect(pod.at("status", "podIP")?.string?.hasPrefix("10.") == true)
                #expect(pod.at("status", "startTime") != nil)
                let quality = pod.name == "steady" ? "Guaranteed" : "BestEffort"
                #expect(pod.at("status", "qosClass")?.string == quality)
            }
        }
    }

    /// A pod whose limits are what it requests.
    private static var guaranteed: JSON {
        var spec = Manifest.podSpec()
        let amounts: JSON = ["cpu": "100m", "memory": "32Mi"]
        spec["containers"] = .array(
            (spec["containers"]?.array ?? []).map { container in
                var container = container
                container["resources"] = ["limits": amounts, "requests": amounts]
                return container
            }
        )
        return spec
    }

    @Test("Conditions that others set survive, and readiness gates are honoured in the origin", .rows(78))
    func foreignConditions() async throws {
        try await TestSpace.with("gates") { space in
            let gate = "example.com/gate"
            let spec = Manifest.podSpec(["readinessGates": [["conditionType": .string(gate)]]])
            try await space.apply(Manifest.pod("web", spec))
            try await space.pod("web", "has ready containers and a closed gate") {
                $0.condition("ContainersReady")?["status"]?.string == "True" && !$0.isReady
            }
            let condition: JSON = ["type": .string(gate), "status": "True", "reason": "Opened"]
            // One that is not new is taken back by newer disruption controllers.
            let disruption: JSON = [
                "type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI",
                "lastTransitionTime": .string(Timestamp.format(Date.now.timeIntervalSince1970)),
            ]
            _ = try await space.origin.client.patch(
                .pods,
                namespace: space.name,
                name: "web",
                subresource: "status",
                type: .strategicMerge,
                body: ["status": ["conditions": [condition, disruption]]]
            )
            try await space.pod("web", "is ready with its gate open") { $0.isReady }
            try await space.addConditionsToDelegate("web", ["example.com/remote", "DisruptionTarget"])
            let pod = try await space.pod("web", "says what the delegate says anew") {
                $0.condition("example.com/remote")?["status"]?.string == "True"
            }
            #expect(pod.condition(gate)?["reason"]?.string == "Opened")
            #expect(pod.condition("DisruptionTarget")?["reason"] == "EvictionByEvictionAPI", "the origin's own")
            #expect(pod.condition("PodScheduled")?["status"]?.string == "True")
            #expect(pod.isReady)
        }
    }

    @Test("Each change of a delegate's status comes to its pod; told when half take over a second", .rows(20, 78))
    func latency() async throws {
        try await TestSpace.with("latency") { space in
            let times = ReadyTimes()
            var watches: [PodWatch] = []
            for remote in space.fleet.remotes {
                try await remote.makeNamespace(space.name)
                watches.append(
                    try await PodWatch.start(in: space, client: remote.client) { pod in
                        if pod.isReady, let uid = pod.podUID { times.noteDelegate(uid) }
                    }
                )
            }
            watches.append(
                try await PodWatch.start(in: space, client: space.origin.client) { pod in
                    if pod.isReady { times.notePod(pod.uid) }
                }
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                for watch in watches {
                    group.addTask { try await watch.run() }
                }
                try await space.apply(Manifest.deployment(replicas: 30))
                try await space.running(30, within: .seconds(30))
                try await eventually("both ends of all 30 ways were seen") { times.delays.count == 30 }
                group.cancelAll()
            }
            let delays = times.delays.sorted()
            Patience.note("half of the changes are at their pods", took: delays[14], within: .seconds(1))
            Patience.note("19 of 20 changes are at their pods", took: delays[28], within: .seconds(2))
            #expect(delays[14] < Patience.bound(of: .seconds(1)), "\(delays)")
            #expect(delays[28] < Patience.bound(of: .seconds(2)), "\(delays)")
        }
    }

    @Test("kubectl get, describe and wait tell of a delegated pod what they tell of any", .rows(78, 90))
    func kubectl() async throws {
        try await TestSpace.with("kubectl") { space in
            try await space.apply(Manifest.pod("web", Manifest.podSpec(Manifest.cluster("us-west"))))
            try await space.kubectl("wait", "--for=condition=Ready", "pod/web", "--timeout=30s")
            let line = try await space.kubectl("get", "pod/web", "-o", "wide", "--no-headers")
            let words = line.split(separator: " ").map(String.init)
            #expect(Array(words.prefix(4)) == ["web", "1/1", "Running", "0"])
            #expect(words.contains("us-west"))
            let text = try await space.kubectl("describe", "pod/web")
            #expect(text.contains("simulated://"))
        }
    }
}

/// When delegates and their pods were first seen ready, by the pods' UIDs.
private final class ReadyTimes: Sendable {
    private struct Times {
        var delegates: [UID: ContinuousClock.Instant] = [:]
        var pods: [UID: ContinuousClock.Instant] = [:]
    }

    private let times = Mutex(Times())

    func noteDelegate(_ uid: UID) {
        let now = ContinuousClock.now
        times.withLock { $0.delegates[uid] = $0.delegates[uid] ?? now }
    }

    func notePod(_ uid: UID) {
        let now = ContinuousClock.now
        times.withLock { $0.pods[uid] = $0.pods[uid] ?? now }
    }

    /// From delegate to pod. The two watches are two ways, so that an answer of zero or below can happen.
    var delays: [Duration] {
        times.withLock { times in
            times.pods.compactMap { uid, seen in times.delegates[uid].map { seen - $0 } }
        }
    }
}

extension TestSpace {
    /// Sets conditions on a delegate, as something in its remote might.
    fileprivate func addConditionsToDelegate(_ pod: String, _ types: [String]) async throws {
        guard let delegate = try await snapshot(app: pod).delegates.first else {
            throw DidNotLast(what: "pod \(pod) has a delegate")
        }
        let conditions = types.map { type -> JSON in
            ["type": .string(type), "status": "True", "reason": "Somebody"]
        }
        _ = try await fleet.remote(delegate.cluster).client.patch(
            .pods,
            namespace: name,
            name: delegate.object.name,
            subresource: "status",
            type: .strategicMerge,
            body: ["status": ["conditions": .array(conditions)]]
        )
    }
}

extension JSON {
    /// Whether a pod's status says what its delegate's does, but for what is the origin's own (docs/pods.md).
    fileprivate func mirrors(in snapshot: Snapshot) -> Bool {
        guard let delegate = snapshot.delegates(of: self).first else { return false }
        return delegateStatus == delegate.delegateStatus
    }

    private var delegateStatus: JSON? {
        var status = self["status"]
        for field in ["qosClass", "nominatedNodeName", "observedGeneration"] { status?[field] = nil }
        let conditions = status?["conditions"]?.array ?? []
        let kubelet = ["Initialized", "Ready", "ContainersReady"].compactMap { type in
            conditions.first { $0["type"]?.string == type }
        }
        status?["conditions"] = .array(kubelet)
        return status
    }
}
