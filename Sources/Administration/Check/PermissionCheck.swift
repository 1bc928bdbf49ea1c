import KubeClient
import KubeModel

/// Asks a cluster whether we have the rights that a role gives (SelfSubjectAccessReview: exact with every authorizer, and
/// allowed to everybody).
struct PermissionCheck: Sendable {
    /// One verb on one resource or path.
    struct Review: Sendable, Equatable {
        let verb: String
        /// As kubectl names it.
        let subject: String
        let spec: JSON

        var object: JSON {
            ["apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": spec]
        }
    }

    let client: APIClient

    /// What was found of each permission that is of use.
    ///
    /// - Throws: `APIError`, `CancellationError`.
    func findings(_ roles: [AccessRole], features: Set<Permission.Feature>) async throws -> [Finding] {
        var findings: [Finding] = []
        for role in roles {
            for permission in role.permissions where permission.isOfUse(with: features) {
                let denied = try await denied(permission.reviews(in: role.namespace))
                findings.append(Self.finding(permission, role.namespace, denied: denied, remedy: role.remedy))
            }
        }
        return findings
    }

    /// Whether we have all of a permission, everywhere.
    func allows(_ permission: Permission) async throws -> Bool {
        try await denied(permission.reviews(in: nil)).isEmpty
    }

    private func denied(_ reviews: [Review]) async throws -> [Review] {
        try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
            for (index, review) in reviews.enumerated() {
                group.addTask {
                    let answer = try await client.create(.selfSubjectAccessReviews, object: review.object)
                    return (index, answer.at("status", "allowed")?.bool ?? false)
                }
            }
            var denied: [Int] = []
            for try await (index, isAllowed) in group where !isAllowed { denied.append(index) }
            return denied.sorted().map { reviews[$0] }
        }
    }

    static func finding(
        _ permission: Permission,
        _ namespace: String?,
        denied: [Review],
        remedy: String
    ) -> Finding {
        let check = "may \(permission)" + (namespace.map { " in \($0)" } ?? "")
        guard !denied.isEmpty else { return Finding(check, .ok, "for \(permission.purpose)") }
        let subjects = denied.reduce(into: [String]()) { if !$0.contains($1.subject) { $0.append($1.subject) } }
        let list = subjects.map { subject in
            denied.filter { $0.subject == subject }.map(\.verb).joined(separator: ", ") + " \(subject)"
        }
        let missing = "may not \(list.joined(separator: "; "))"
        if case .optional(let loss) = permission.need {
            return Finding(check, .optional, "\(missing): without it \(loss)", remedy: remedy)
        }
        return Finding(check, .failed, "\(missing), for \(permission.purpose)", remedy: remedy)
    }
}

extension Permission {
    func isOfUse(with features: Set<Feature>) -> Bool {
        if case .only(let feature) = need { features.contains(feature) } else { true }
    }

    /// The questions that tell whether we have it: one for each verb on each resource and name.
    ///
    /// - Parameter namespace: nil for everywhere.
    func reviews(in namespace: String?) -> [PermissionCheck.Review] {
        switch subject {
        case .paths(let paths):
            return paths.flatMap { path in
                verbs.map { verb in
                    let spec: JSON = ["nonResourceAttributes": ["path": .string(path), "verb": .string(verb)]]
                    return PermissionCheck.Review(verb: verb, subject: path, spec: spec)
                }
            }
        case .resources(let resources, let group, let names):
            return resources.flatMap { resource in
                (names.isEmpty ? [nil] : names.map(Optional.some)).flatMap { name in
                    verbs.map { Self.review($0, resource, group, name, namespace) }
                }
            }
        }
    }

    private static func review(
        _ verb: String,
        _ resource: String,
        _ group: String,
        _ name: String?,
        _ namespace: String?
    ) -> PermissionCheck.Review {
        let parts = resource.split(separator: "/", maxSplits: 1).map(String.init)
        var attributes: JSON = ["verb": .string(verb), "group": .string(group), "resource": .string(parts[0])]
        if parts.count > 1 { attributes["subresource"] = .string(parts[1]) }
        attributes["name"] = name.map(JSON.string)
        attributes["namespace"] = namespace.map(JSON.string)
        let subject = resource + (group.isEmpty ? "" : ".\(group)") + (name.map { " \($0)" } ?? "")
        return PermissionCheck.Review(verb: verb, subject: subject, spec: ["resourceAttributes": attributes])
    }
}
