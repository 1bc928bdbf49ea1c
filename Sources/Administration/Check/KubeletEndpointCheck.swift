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
        let end = ContinuousClock.now + limit
        do {
            let permissions = PermissionCheck(client: origin)
            guard try await withTimeout(limit, { try await permissions.allows(Self.permission) }) else {
                return [Self.notAsked]
            }
        } catch is TimeoutError {
            return [Self.silence(Self.name, limit)]
        } catch let error as APIError {
            return [Finding(Self.name, .warning, "the origin can't be asked for it: \(error)")]
        }
        return try await withThrowingTaskGroup(of: (index: Int, finding: Finding).self) { group in
            for (index, node) in nodes.enumerated() {
                let name = nodes.count == 1 ? Self.name : "\(Self.name) of \(node)"
                group.addTask { (index, try await look(at: node, name, until: end, limit)) }
            }
            var found: [(index: Int, finding: Finding)] = []
            for try await one in group { found.append(one) }
            return found.sorted { $0.index < $1.index }.map(\.finding)
        }
    }

    private func look(
        at node: String,
        _ name: String,
        until end: ContinuousClock.Instant,
        _ limit: Duration
    ) async throws -> Finding {
        do {
            _ = try await withTimeout(end - .now) { try await origin.nodeText("healthz", of: node) }
            return Finding(name, .ok, "the origin's API server reaches it")
        } catch is TimeoutError {
            return Self.silence(name, limit)
        } catch let error as APIError {
            return Self.failure(name, error)
        }
    }
}

// MARK: - What is made of what was found

extension KubeletEndpointCheck {
    private static let remedy =
        "does martlet run, is there a way to node.address from the origin's API server, and does that believe the "
        + "endpoint's certificate?"

    private static let notAsked = Finding(
        name,
        .optional,
        "not asked: may not get nodes/proxy in the origin",
        remedy: "give the kubeconfig of an administrator of the origin (--kubeconfig) to have it asked"
    )

    private static func silence(_ name: String, _ limit: Duration) -> Finding {
        Finding(name, .warning, "no answer within \(limit)", remedy: remedy)
    }

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
