import Foundation
import KubeModel
import Testbed
import Testing

/// What happens to a pod in the middle of its life: in-place changes, refusals, and what its remote has to say.
///
/// Each test has a namespace of its own. The origin and us-east take ephemeral containers, us-west does not where the
/// release leaves that open.
@Suite(.fleet(.life))
struct LifeTests {}

extension FleetPlan {
    /// Two remotes of one node each; a pod is given up after three refusals.
    static let life = FleetPlan(
        remotes: [
            Remote(
                name: "us-east",
                region: "us",
                configuration: ["annotationsFromDelegates": ["results.example.com/*"]],
                nodes: .simulated(count: 1),
                settings: .withEphemeralContainers
            ),
            Remote(
                name: "us-west",
                region: "us",
                configuration: ["pods": ["patches": [breaking]]],
                nodes: .simulated(count: 1)
            ),
        ],
        origin: .withEphemeralContainers,
        arguments: ["--pod-sync-max-refusals", "3"]
    )

    /// Makes of a pod with the label "broken" one that no API server takes.
    private static let breaking: JSON = [
        "selector": "broken=yes",
        "patch": [["op": "add", "path": "/spec/containers/0/ports", "value": [["containerPort": 70_000]]]],
    ]

    /// One remote of two nodes, which gives up a node after thirty seconds of silence.
    static let lostNode = FleetPlan(
        remotes: [
            Remote(name: "us-east", region: "us", nodes: .simulated(count: 2), settings: hasty)
        ]
    )

    private static let hasty: ControlPlaneSettings = {
        var settings = ControlPlaneSettings()
        settings.nodeMonitorGracePeriod = .seconds(30)
        return settings
    }()
}

extension ControlPlaneSettings {
    /// Ephemeral containers are behind a gate up to Kubernetes 1.22, and the gate is gone later.
    static let withEphemeralContainers: ControlPlaneSettings = {
        var settings = ControlPlaneSettings()
        if KubernetesRelease.minor < 23 { settings.flags[.apiserver] = ["feature-gates": "EphemeralContainers=true"] }
        return settings
    }()
}

/// The release of Kubernetes that the tests run with.
enum KubernetesRelease {
    /// 20 for v1.20.2; that of the default release where no other binaries are named.
    static let minor: Int = {
        guard let directory = ProcessInfo.processInfo.environment["KUBE_BIN_DIR"] else { return 20 }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "\(directory)/kube-apiserver")
        process.arguments = ["--version"]
        let output = Pipe()
        process.standardOutput = output
        guard (try? process.run()) != nil else { return 20 }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text.split(separator: ".").dropFirst().first.flatMap { Int($0) } ?? 20
    }()
}

extension TestSpace {
    /// A bare pod that runs in a cluster, and its delegate's place.
    func runningPod(_ name: String = "web", on cluster: String, annotations: JSON = [:]) async throws -> FleetCluster {
        let spec = Manifest.podSpec(Manifest.cluster(cluster))
        try await apply(Manifest.pod(name, annotations: annotations, spec))
        try await running(1, app: name)
        return fleet.remote(cluster)
    }

    /// Waits until a delegate is as it should be.
    @discardableResult
    func delegate(
        _ name: String,
        on cluster: String,
        _ what: String,
        within: Duration = .seconds(10),
        until isRight: (JSON) -> Bool
    ) async throws -> JSON {
        let namespace = self.name
        let delegate = try await eventually("delegate \(name) \(what)", within: within) {
            try await fleet.remote(cluster).pod(name, in: namespace)
        } until: {
            $0.map(isRight) ?? false
        }
        guard let delegate else { throw DidNotLast(what: "delegate \(name) is there") }
        return delegate
    }
}
