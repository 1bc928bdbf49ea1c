import KubeClient
import KubeModel
import Testbed

/// Two releases of Kubernetes side by side.
enum OtherRelease {
    /// The folder with the binaries of another release than `KUBE_BIN_DIR` has.
    static var folder: String? {
        HarnessEnvironment.current["KUBE_OTHER_BIN_DIR"].flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension FleetPlan {
    /// An origin with one remote of the same release, "alike", and one of the other release, "other"; in etcd they share
    /// what they can.
    ///
    /// - Parameter binaries: those of the origin; nil for the testbed's.
    static func releases(origin binaries: String?, others: String?, metricsPort: Int) -> FleetPlan {
        FleetPlan(
            remotes: [
                Remote(name: "alike", region: "eu", settings: .running(binaries), store: .ofOrigin),
                Remote(name: "other", region: "eu", settings: .running(others), store: .ofOrigin),
            ],
            origin: .running(binaries),
            arguments: ["--metrics-addr", "127.0.0.1:\(metricsPort)"]
        )
    }
}

extension ControlPlaneSettings {
    fileprivate static func running(_ binaries: String?) -> ControlPlaneSettings {
        var settings = ControlPlaneSettings()
        settings.binaries = binaries
        return settings
    }
}

extension FleetCluster {
    /// 20 for v1.20.2.
    func minorRelease() async throws -> Int {
        let version = try await client.version().gitVersion
        guard let minor = version.split(separator: ".").dropFirst().first.flatMap({ Int($0) }) else {
            throw TestbedError(.answer, "'\(version)' is no release")
        }
        return minor
    }

    /// Has all nodes say that they have features, as kubelets do from 1.35 on; releases before that drop it.
    func declare(_ features: [String]) async throws {
        for node in try await list(.nodes) {
            _ = try await client.patch(
                .nodes,
                namespace: nil,
                name: node.name,
                subresource: "status",
                type: .merge,
                body: ["status": ["declaredFeatures": .array(features.map { .string($0) })]]
            )
        }
    }
}
