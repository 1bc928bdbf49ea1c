import KubeClient
import KubeModel

/// Asks for the end of pods by the eviction API, which honours disruption budgets.
struct Evictions: Sendable {
    enum Answer: Sendable, Equatable {
        /// It is ending, or gone.
        case accepted
        /// Not now: what the server says.
        case blocked(String)
    }

    private let client: APIClient
    private let apiVersion: String

    /// Asks the server which form of an eviction it takes: `policy/v1` since Kubernetes 1.22, `policy/v1beta1` before 1.25.
    /// The form is the subresource's own, not that of the group.
    init(by client: APIClient) async throws {
        self.client = client
        apiVersion = Self.apiVersion(try await client.discovered(besides: .pods))
    }

    /// - Parameter resources: what discovery says of the core group.
    static func apiVersion(_ resources: [JSON]) -> String {
        let entry = resources.first { $0["name"]?.string == "pods/eviction" }
        let (group, version) = (entry?["group"]?.string ?? "policy", entry?["version"]?.string ?? "v1")
        return "\(group)/\(version)"
    }

    /// - Throws: `APIError`, `CancellationError`.
    func evict(_ pod: ObjectMeta) async throws -> Answer {
        let eviction: JSON = [
            "apiVersion": .string(apiVersion), "kind": "Eviction",
            "metadata": ["name": .string(pod.name), "namespace": .string(pod.namespace)],
            "deleteOptions": ["preconditions": ["uid": .string(pod.uid)]],
        ]
        do {
            _ = try await client.create(
                .pods,
                namespace: pod.namespace,
                object: eviction,
                subresource: "eviction",
                name: pod.name
            )
            return .accepted
        } catch let error as APIError where error.code == .notFound || error.code == .conflict {
            return .accepted  // Another pod has the name by now, or none: the next look tells.
        } catch let error as APIError where error.code == .tooManyRequests || error.status == 500 {
            // 500 is what servers say of a pod that two budgets are about.
            let words = error.causes.map(\.message).filter { !$0.isEmpty }
            return .blocked(([error.message] + words).joined(separator: " "))
        }
    }
}
