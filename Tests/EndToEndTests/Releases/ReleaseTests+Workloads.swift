import KubeClient
import KubeModel
import Testing

/// What works between releases as it works within one.
extension ReleaseTests {
    static func showVersions() async throws {
        let fleet = Fleet.current
        var versions: Set<String> = []
        for remote in fleet.remotes {
            let version = try await remote.client.version().gitVersion
            versions.insert(version)
            let node = try await fleet.node(remote.name)
            #expect(node.at("status", "nodeInfo", "kubeletVersion")?.string == version)
            #expect(node.isReady)
        }
        #expect(versions.count == 2, "KUBE_OTHER_BIN_DIR holds the release of KUBE_BIN_DIR")
    }

    static func runDeployment() async throws {
        try await TestSpace.with("deployment") { space in
            try await space.apply(Manifest.deployment(replicas: 6))
            let first = try await space.running(6, within: .seconds(30))
            #expect(Set(first.counts.keys) == ["alike", "other"], "\(first.counts)")
            try await space.mirrored()

            try await space.kubectl("set", "image", "deployment/web", "main=registry.example/web:2")
            try await space.kubectl("rollout", "status", "deployment/web", "--timeout=150s")
            let second = try await space.running(6, within: .seconds(30))
            #expect(Set(second.delegates.map { $0.object.image }) == ["registry.example/web:2"])
            #expect(second.delegateUIDs.isDisjoint(with: first.delegateUIDs))

            try await space.kubectl("scale", "deployment/web", "--replicas=2")
            #expect(try await space.running(2).delegateUIDs.isSubset(of: second.delegateUIDs))
            try await space.kubectl("delete", "deployment/web", "--wait=false")
            try await space.empty()
        }
    }

    static func runJob(in cluster: String) async throws {
        try await TestSpace.with("job") { space in
            let pod = Manifest.podSpec(Manifest.cluster(cluster))
            try await space.apply(Manifest.job("batch", seconds: 1, spec: ["completions": 2], pod: pod))
            let job = try await eventually("the Job is complete", within: .seconds(30)) {
                try await space.origin.client.get(.jobs, namespace: space.name, name: "batch")
            } until: {
                $0.condition("Complete")?["status"]?.string == "True"
            }
            #expect(job.statusNumber("succeeded") == 2)
            #expect(try await space.snapshot().counts == [cluster: 2])
            try await space.kubectl("delete", "job/batch", "--wait=false")
            try await space.empty()
        }
    }

    static func runWithDependents() async throws {
        try await TestSpace.with("refers") { space in
            try await space.kubectl("create", "configmap", "settings", "--from-literal=mode=old")
            try await space.kubectl("create", "secret", "generic", "keys", "--from-literal=a=b")
            let references: JSON = [["configMapRef": ["name": "settings"]], ["secretRef": ["name": "keys"]]]
            let spec = Manifest.overlay(
                Manifest.cluster("other"),
                on: ["containers": [["name": "main", "image": "web", "envFrom": references]]]
            )
            try await space.apply(Manifest.pod("web", spec))
            let (pod, delegate) = try await space.running("web", in: "other")
            let remote = space.fleet.remote("other")
            let secret = try await remote.find(.secrets, "keys", in: space.name)
            #expect(secret?.at("data", "a")?.string == "Yg==")
            try await space.kubectl("patch", "configmap", "settings", "--patch", #"{"data":{"mode":"new"}}"#)
            try await eventually("the edit is in the remote") {
                try await remote.find(.configMaps, "settings", in: space.name)?.at("data", "mode")?.string == "new"
            }
            try await remote.warn(of: delegate, "The disk hums")
            try await space.event(about: "web", containing: "The disk hums")
            let events = try await space.origin.list(.events, namespace: space.name)
            let event = events.first { $0["message"]?.string == "The disk hums" }
            #expect(event?.at("involvedObject", "uid")?.string == pod.uid)
            #expect(event?["count"]?.int == 3)
            try await space.kubectl("delete", "pod/web", "--wait=false")
            try await eventually("the copies went with their last user") {
                let configMap = try await remote.find(.configMaps, "settings", in: space.name)
                let secret = try await remote.find(.secrets, "keys", in: space.name)
                return configMap == nil && secret == nil
            }
        }
    }

    static func leaveUnplaced() async throws {
        try await TestSpace.with("unplaced") { space in
            _ = try await space.unplaced("wide", in: "other")
            try await space.event(about: "wide", containing: "FailedScheduling: ")
        }
    }
}

extension TestSpace {
    /// Waits until each pod has the phase, the addresses and the container states of its delegate.
    fileprivate func mirrored() async throws {
        func told(_ pod: JSON) -> [JSON?] {
            ["phase", "podIP", "startTime", "containerStatuses"].map { pod.at("status", $0) }
                + ["Ready", "ContainersReady", "Initialized"].map { pod.condition($0)?["status"] }
        }
        try await eventually("each pod says what its delegate says") {
            try await snapshot()
        } until: { snapshot in
            snapshot.pods.allSatisfy { pod in
                guard let delegate = snapshot.delegates(of: pod).first else { return false }
                return told(pod) == told(delegate)
            }
        }
    }
}

extension FleetCluster {
    /// Says something of a pod for the third time, by the API of events that newer components use.
    fileprivate func warn(of pod: JSON, _ note: String) async throws {
        let namespace = pod.at("metadata", "namespace")?.string ?? ""
        let event: JSON = [
            "apiVersion": "events.k8s.io/v1", "kind": "Event",
            "metadata": ["name": "hum", "namespace": .string(namespace)],
            "regarding": [
                "apiVersion": "v1", "kind": "Pod", "namespace": .string(namespace), "name": .string(pod.name),
                "uid": .string(pod.uid),
            ],
            "type": "Warning", "reason": "Humming", "note": .string(note), "action": "Listening",
            "eventTime": "2026-11-21T06:00:00.000000Z", "reportingController": "example.com/ear",
            "reportingInstance": "ear-1",
            "series": ["count": 3, "lastObservedTime": "2026-11-21T06:00:09.000000Z"],
        ]
        try await apply(event, namespace: namespace)
    }
}
