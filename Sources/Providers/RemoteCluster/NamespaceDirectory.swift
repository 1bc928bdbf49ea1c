import KubeClient
import KubeModel
import Lifecycle
import Observability

/// The namespaces of a remote that delegates live in: made when they are missing, and known by their UID. Of many that
/// ask about one at the same time, one asks the remote, for all.
///
/// A delegate names its namespace as its controller. Without one, a ReplicaSet of the remote whose selector fits (the
/// same Deployment, applied in both clusters) would adopt the delegate, count it and delete it. A namespace is all that
/// there is for sure where nothing of ours is installed, and the garbage collector takes it for an owner.
final class NamespaceDirectory: Sendable {
    private let client: APIClient
    private let originID: String
    private let logger: Logger
    private let lifetime: Duration
    private let known = ExpiringCache<String, UID>()

    /// - Parameter lifetime: how long a UID is believed. A namespace that was made anew has another one, and the garbage
    ///   collector removes what names the old one.
    init(client: APIClient, originID: String, logger: Logger, lifetime: Duration = .seconds(10)) {
        self.client = client
        self.originID = originID
        self.logger = logger
        self.lifetime = lifetime
    }

    /// The reference by which objects in the namespace name it as their controller; the namespace exists then.
    ///
    /// - Throws: ``ProviderError``.
    func owner(in namespace: String) async throws -> JSON {
        let uid = try await uid(of: namespace)
        return [
            "apiVersion": "v1", "kind": "Namespace", "name": .string(namespace), "uid": .string(uid),
            "controller": true,
        ]
    }

    /// Forgets a namespace that turned out to be gone.
    func forget(_ namespace: String) { known.forget(namespace) }

    private func uid(of namespace: String) async throws -> UID {
        do {
            return try await known.value(for: namespace, lifetime: { [lifetime] _ in lifetime }) { [self] in
                ObjectMeta(try await find(namespace)).uid
            }
        } catch let error as APIError {
            throw ProviderError(error, doing: "finding namespace \(namespace)")
        }
    }

    /// One that is there, whoever made it, is used as it is; one that is not is made and labelled as ours.
    private func find(_ namespace: String) async throws -> JSON {
        do {
            return try await client.get(.namespaces, name: namespace)
        } catch let error as APIError where error.code == .notFound {
            return try await make(namespace)
        }
    }

    private func make(_ namespace: String) async throws -> JSON {
        let object: JSON = [
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": [
                "name": .string(namespace),
                "labels": [DelegateIdentity.originLabel: .string(originID)],
            ],
        ]
        do {
            let made = try await client.create(.namespaces, object: object)
            logger.info("Created namespace", ["namespace": namespace])
            return made
        } catch let error as APIError where error.code == .alreadyExists {
            return try await client.get(.namespaces, name: namespace)
        }
    }
}
