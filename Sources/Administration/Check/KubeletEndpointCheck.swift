package import KubeClient
import Lifecycle

/// Asks the kubelet endpoints of virtual nodes whether they are there, by the way that kubectl logs and exec take: the
/// origin's API server, at the address and port that the Node states.
package struct KubeletEndpointCheck: Sendable {
    private let origin: APIClient

    /// - Parameter origin: a client of the origin, which has to have the right to `nodes/proxy`.
    package init(origin: APIClient) {
        self.origin = origin
    }

    private static let name = "kubelet endpoint"
    private static let permission = Permission(["get"], ["nodes/proxy"], for: "whether kubelet endpoints are reached")

    /// What was found of the virtual nodes of one cluster. Takes at most about this time.
    ///
    /// - Throws: `CancellationError`.
    package func findings(of nodes: [String], within limit: Duration) async throws -> [Finding] {
        do {
            return try await withTimeout(limit) { try await look(at: nodes) }
        } catch is TimeoutError {
            return [Finding(Self.name, .warning, "no answer within \(limit)", remedy: Self.remedy)]
        } catch let error as APIError {
            return [Finding(Self.name, .warning, "the origin can't be asked for it: \(error)")]
        }
    }

    private func look(at nodes: [String]) async throws -> [Finding] {
        guard try await PermissionCheck(client: origin).allows(Self.permission) else {
            return [
                Finding(
                    Self.name,
                    .optional,
                    "not asked: may not get nodes/proxy in the origin",
                    remedy: "give the kubeconfig of an administrator of the origin (--kubeconfig) to have it asked"
                )
            ]
        }
        var findings: [Finding] = []
        for node in nodes {
            let name = nodes.count == 1 ? Self.name : "\(Self.name) of \(node)"
            do {
                _ = try await origin.nodeText("healthz", of: node)
                findings.append(Finding(name, .ok, "the origin's API server reaches it"))
            } catch let error as APIError {
                findings.append(Self.failure(name, error))
            }
        }
        return findings
    }
}

// MARK: - What is made of what was found

extension KubeletEndpointCheck {
    private static let remedy =
        "does martlet run, is there a way to node.address from the origin's API server, and does that believe the "
        + "endpoint's certificate?"

    static func failure(_ name: String, _ error: APIError) -> Finding {
        guard error.code != .notFound else {
            return Finding(name, .warning, "there is no node yet", remedy: "martlet run makes it")
        }
        return Finding(
            name,
            .warning,
            "the origin's API server does not get through, and neither do kubectl logs, exec and top (\(error))",
            remedy: remedy
        )
    }
}
