package import KubeClient
internal import KubeModel
internal import Lifecycle
internal import Transport

/// What a user must be allowed to do to the Node in the origin's API for a request to its kubelet (kubernetes,
/// `pkg/kubelet/server/auth.go`). Pure.
struct KubeletAccess: Sendable, Hashable {
    let verb: String
    /// Subresources of the node; any one of them is enough. The finer ones come first (KEP-2862).
    let subresources: [String]

    init(method: String, target: RequestTarget) {
        verb = Self.verbs[method] ?? ""
        subresources =
            switch target.segments.first {
            case "stats": ["stats"]
            case "metrics": ["metrics"]
            case "logs": ["log"]
            case "spec": ["spec"]
            case "healthz": ["healthz", "proxy"]
            case "configz": ["configz", "proxy"]
            case "pods", "runningpods": ["pods", "proxy"]
            default: ["proxy"]
            }
    }

    private static let verbs = [
        "GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete",
    ]
}

/// Tells whether a user may do what he asks, by the origin's own rules. One for all nodes of a process.
package final class KubeletAuthorizer: Sendable {
    /// How long a yes and a no hold, as a kubelet has it by default.
    static let allowedLifetime = Duration.seconds(300)
    static let deniedLifetime = Duration.seconds(30)

    private struct Question: Hashable {
        let user: KubeletUser
        let node: String
        let verb: String
        let subresource: String
    }

    private let origin: APIClient
    private let verdicts: ExpiringCache<Question, Bool>

    /// - Parameters:
    ///   - origin: asks about users.
    ///   - now: moves the end of what it answered.
    package init(origin: APIClient, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.origin = origin
        verdicts = ExpiringCache(now: now)
    }

    /// - Throws: `APIError` when the origin can't be asked.
    func allows(_ user: KubeletUser, _ access: KubeletAccess, node: String) async throws -> Bool {
        for subresource in access.subresources {
            let question = Question(user: user, node: node, verb: access.verb, subresource: subresource)
            if try await verdict(question) { return true }
        }
        return false
    }

    private func verdict(_ question: Question) async throws -> Bool {
        try await verdicts.value(for: question, lifetime: { $0 ? Self.allowedLifetime : Self.deniedLifetime }) {
            [origin] in
            let answer = try await origin.create(.subjectAccessReviews, object: Self.review(question))
            return answer.at("status", "allowed")?.bool == true && answer.at("status", "denied")?.bool != true
        }
    }

    private static func review(_ question: Question) -> JSON {
        let user = question.user
        var spec: JSON = [
            "user": .string(user.name),
            "groups": .array(user.groups.map(JSON.string)),
            "resourceAttributes": [
                "verb": .string(question.verb), "version": "v1", "resource": "nodes",
                "subresource": .string(question.subresource), "name": .string(question.node),
            ],
        ]
        if !user.uid.isEmpty { spec["uid"] = .string(user.uid) }
        if !user.extra.isEmpty {
            let extra = user.extra.sorted { $0.key < $1.key }.map { ($0.key, JSON.array($0.value.map(JSON.string))) }
            spec["extra"] = .object(JSONObject(extra))
        }
        return ["apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec]
    }
}
