import KubeClient
import KubeModel

extension APIClient {
    /// Reads one object, live; nil if there is none of that name.
    func find(_ resource: Resource, namespace: String? = nil, name: String) async throws -> JSON? {
        do {
            return try await get(resource, namespace: namespace, name: name)
        } catch let error as APIError where error.code == .notFound {
            return nil
        }
    }

    /// What tells the cluster from every other: the UID of the namespace kube-system, which lives as long as it.
    func clusterID() async throws -> UID {
        ObjectMeta(try await get(.namespaces, name: "kube-system")).uid
    }
}
