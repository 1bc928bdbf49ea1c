import KubeClient
import KubeModel
import Testing

/// What only one of two releases has.
extension ReleaseTests {
    /// To both remotes; an origin that does not know the field has nothing to send.
    static func carry(_ field: NewField) async throws {
        let fleet = Fleet.current
        guard try await fleet.origin.minorRelease() >= field.since else { return }
        try await TestSpace.with(field.name) { space in
            for remote in fleet.remotes {
                let spec = Manifest.overlay(field.spec, on: Manifest.podSpec(Manifest.cluster(remote.name)))
                try await space.apply(Manifest.pod("in-\(remote.name)", spec))
            }
            for remote in fleet.remotes {
                let isKnown = try await remote.minorRelease() >= field.since
                if isKnown {
                    try await space.keeps(field, in: remote)
                } else if field.isVital {
                    try await space.isKeptOut(field, of: remote)
                } else {
                    _ = try await space.running("in-\(remote.name)", in: remote.name)
                    try await space.event(about: "in-\(remote.name)", containing: field.path)
                }
            }
        }
    }

    /// An origin takes new resources for a pod of which no container runs, whatever its cluster can do.
    static func resizeUnplaced() async throws {
        let fleet = Fleet.current
        guard try await fleet.origin.minorRelease() >= 33 else { return }
        try await TestSpace.with("resize") { space in
            for remote in fleet.remotes {
                let name = "in-\(remote.name)"
                _ = try await space.unplaced(name, in: remote.name)
                try await space.resize(name, cpu: "1")
                if try await remote.minorRelease() >= 33 {
                    _ = try await space.running(name, in: remote.name)
                    continue
                }
                let pod = try await space.pod(name, "says that its cluster can't") {
                    $0.condition("martlet.dev/Updated")?["status"]?.string == "False"
                }
                let reason = try #require(pod.condition("martlet.dev/Updated")?["reason"]?.string)
                try await space.event(about: name, containing: reason)
                #expect(try await space.delegate(of: pod, in: remote.name)?.nodeName == "")
            }
        }
    }

    /// A remote's nodes say what they have, from 1.35 on, and an origin that understands it places by it.
    static func placeByDeclaredFeatures() async throws {
        let (fleet, feature) = (Fleet.current, "RestartAllContainersOnContainerExits")
        for remote in fleet.remotes { try await remote.declare([feature]) }
        guard try await fleet.origin.minorRelease() >= 36 else { return }
        try await TestSpace.with("declared") { space in
            let rule: JSON = ["action": "RestartAllContainers", "exitCodes": ["operator": "In", "values": [42]]]
            let container: JSON = [
                "name": "main", "image": "web", "restartPolicy": "Never", "restartPolicyRules": [rule],
            ]
            for remote in fleet.remotes {
                let spec = Manifest.overlay(Manifest.cluster(remote.name), on: ["containers": [container]])
                try await space.apply(Manifest.pod("in-\(remote.name)", spec))
            }
            for remote in fleet.remotes {
                let isKnown = try await remote.minorRelease() >= 36
                try await eventually("the node \(remote.name) says what its cluster's nodes say alike") {
                    try await fleet.node(remote.name).at("status", "declaredFeatures")
                } until: {
                    $0 == (isKnown ? [.string(feature)] : nil)
                }
                guard isKnown else {
                    try await space.pod("in-\(remote.name)", "has no node that says it can") {
                        $0.condition("PodScheduled")?["reason"]?.string == "Unschedulable"
                    }
                    continue
                }
                let delegate = try await space.running("in-\(remote.name)", in: remote.name).delegate
                #expect(delegate.at("spec", "containers")?[0]?["restartPolicyRules"] == [rule])
            }
        }
    }

    /// Alone on the fleet, so that no call is another test's.
    static func comeToRest(metricsPort: Int) async throws {
        let fleet = Fleet.current
        for remote in fleet.remotes { try await remote.declare(["RestartAllContainersOnContainerExits"]) }
        try await fleet.tests.withPass(isAlone: true) {
            try await TestSpace.with("quiet", sharing: fleet) { space in
                for remote in fleet.remotes {
                    let spec = Manifest.podSpec(Manifest.cluster(remote.name))
                    try await space.apply(Manifest.deployment(remote.name, replicas: 2, pod: spec))
                }
                try await space.running(4)
                try await eventually("martlet has written no pod for five seconds", within: .seconds(15)) {
                    let before = try await writes(metricsPort)
                    try await Task.sleep(for: .seconds(5))
                    return try await writes(metricsPort).since(before).counts
                } until: {
                    $0.isEmpty
                }
                try await space.running(4)
            }
        }
    }

    /// Those of pods: a node's round trip and room for single pods are news for half a minute.
    private static func writes(_ port: Int) async throws -> APICalls {
        try await APICalls.read(port: port).filter { call in
            !["get", "list", "watch"].contains(call.verb) && call.resource == "pods"
        }
    }
}

extension TestSpace {
    fileprivate func keeps(_ field: NewField, in remote: FleetCluster) async throws {
        let (pod, delegate) = try await running("in-\(remote.name)", in: remote.name)
        let value = try #require(field.value(pod["spec"] ?? [:]), "the origin itself has not kept \(field.path)")
        #expect(field.value(delegate["spec"] ?? [:]) == value)
        let events = try await origin.events(about: pod.name, in: name)
        #expect(!events.contains { $0.hasPrefix("FieldsNotInCluster") }, "\(events)")
    }

    /// The pod says why, and there is no delegate that lacks it.
    fileprivate func isKeptOut(_ field: NewField, of remote: FleetCluster) async throws {
        let pod = try await pod("in-\(remote.name)", "says what its cluster does not have") {
            $0.condition("martlet.dev/Delegated")?["reason"]?.string == "FieldsNotInCluster"
        }
        let message = pod.condition("martlet.dev/Delegated")?["message"]?.string ?? ""
        #expect(message.contains(field.path))
        #expect(try await delegate(of: pod, in: remote.name) == nil)
    }
}
