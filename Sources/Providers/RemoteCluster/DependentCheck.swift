import KubeClient
import KubeModel
import Synchronization

/// Looks whether what a pod refers to exists, before its delegate is made: in the origin, which is where its owner
/// made it or forgot to, and in the remote, where the delegate will look for it.
///
/// Answers are kept for a moment, so that the pods of one Deployment cost the same few reads together.
final class DependentCheck: Sendable {
    private enum Answer {
        case found(isToken: Bool)
        case missing
        /// The identity may not read it: whether it is there shows when the delegate starts.
        case unknown
    }

    private struct Question: Hashable {
        let isOrigin: Bool
        let kind: PodReference.Kind
        let key: ObjectKey
    }

    private let origin: APIClient
    private let remote: APIClient
    private let cluster: String
    private let lifetime: Duration
    private let known = Mutex<[Question: (answer: Answer, until: ContinuousClock.Instant)]>([:])

    init(origin: APIClient, remote: APIClient, cluster: String, lifetime: Duration = .seconds(5)) {
        self.origin = origin
        self.remote = remote
        self.cluster = cluster
        self.lifetime = lifetime
    }

    /// - Returns: the names of Secrets among the references that hold a ServiceAccount token.
    /// - Throws: ``ProviderError`` `.missing` for a mandatory reference that does not exist; other codes where a
    ///   cluster can't be asked.
    func check(_ references: [PodReference], namespace: String, remoteNamespace: String) async throws -> Set<String> {
        var tokens: Set<String> = []
        for reference in references {
            let key = ObjectKey(namespace: namespace, name: reference.name)
            switch try await answer(Question(isOrigin: true, kind: reference.kind, key: key)) {
            case .found(isToken: true): tokens.insert(reference.name)
            case .missing where !reference.isOptional: throw missing(reference, key)
            case .found, .missing, .unknown:
                try await checkRemote(reference, namespace: remoteNamespace)
            }
        }
        return tokens
    }

    private func checkRemote(_ reference: PodReference, namespace: String) async throws {
        guard !reference.isOptional else { return }
        let key = ObjectKey(namespace: namespace, name: reference.name)
        let question = Question(isOrigin: false, kind: reference.kind, key: key)
        guard case .missing = try await answer(question) else { return }
        throw ProviderError(
            .missing(kind: reference.kind.rawValue, key: key),
            reason: "\(reference.kind.rawValue)NotInCluster",
            message: "\(reference.kind.rawValue) \"\(key)\" is not in cluster \(cluster), where the pod would run."
        )
    }

    private func missing(_ reference: PodReference, _ key: ObjectKey) -> ProviderError {
        ProviderError(
            .missing(kind: reference.kind.rawValue, key: key),
            reason: "Mandatory\(reference.kind.rawValue)NotFound",
            message: "\(reference.kind.rawValue) \"\(key)\" not found; the pod starts when it exists."
        )
    }

    private func answer(_ question: Question) async throws -> Answer {
        if let remembered = remembered(question) { return remembered }
        let answer = try await ask(question)
        let until = ContinuousClock.now + lifetime
        known.withLock { $0[question] = (answer, until) }
        return answer
    }

    private func remembered(_ question: Question) -> Answer? {
        let now = ContinuousClock.now
        return known.withLock { known in
            if known.count > 4096 { known = known.filter { $0.value.until > now } }
            guard let entry = known[question], entry.until > now else { return nil }
            return entry.answer
        }
    }

    private func ask(_ question: Question) async throws -> Answer {
        let client = question.isOrigin ? origin : remote
        let resource: Resource = question.kind == .configMap ? .configMaps : .secrets
        do {
            let object = try await client.get(resource, namespace: question.key.namespace, name: question.key.name)
            return .found(isToken: object["type"]?.string == "kubernetes.io/service-account-token")
        } catch let error as APIError where error.code == .notFound {
            return .missing
        } catch let error as APIError where error.code == .forbidden {
            return .unknown
        } catch let error as APIError {
            throw ProviderError(error, doing: "reading \(question.kind.rawValue) \(question.key)")
        }
    }
}
