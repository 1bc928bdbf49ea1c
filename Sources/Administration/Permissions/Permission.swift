package import KubeModel

/// One rule of a role: what martlet does with some kinds of objects, and what for.
package struct Permission: Sendable, Hashable {
    /// What the rule is about.
    package enum Subject: Sendable, Hashable {
        /// Resources of one API group, subresources as `pods/log`.
        ///
        /// `names` are the only objects that are meant; empty for all.
        case resources([String], group: String, names: [String])
        /// Paths that are no resources.
        case paths([String])
    }

    /// Who has use for it.
    package enum Need: Sendable, Hashable {
        /// Nothing goes without it.
        case always
        /// Things go without it, and this is lost.
        case optional(loss: String)
        /// Only what uses the feature has.
        case only(Feature)
    }

    /// Parts of the configuration that need rights of their own.
    package enum Feature: Sendable, Hashable {
        /// `leaderElection.namespace`.
        case leaderElection
        /// `node.address`: the kubelet endpoints.
        case kubelet
        /// Kubelet endpoints whose certificates are asked of the origin.
        case certificateRequests
        /// Kubelet endpoints that believe the authorities that the origin publishes.
        case publishedAuthorities
        /// `serviceAccounts: origin`.
        case originAccounts
        /// `annotationsFromDelegates`.
        case annotations
        /// `serviceAccounts: remote`.
        case remoteAccounts
    }

    package let subject: Subject
    package let verbs: [String]
    /// What it is for, as the end of a sentence.
    package let purpose: String
    package let need: Need

    init(
        _ verbs: [String],
        _ resources: [String],
        group: String = "",
        names: [String] = [],
        for purpose: String,
        _ need: Need = .always
    ) {
        subject = .resources(resources, group: group, names: names)
        self.verbs = verbs
        self.purpose = purpose
        self.need = need
    }

    init(paths: [String], for purpose: String) {
        subject = .paths(paths)
        verbs = ["get"]
        self.purpose = purpose
        need = .always
    }

    /// The rule as roles have it (rbac.authorization.k8s.io/v1 `PolicyRule`).
    package var rule: JSON {
        switch subject {
        case .resources(let resources, let group, let names):
            var rule: JSON = ["apiGroups": [.string(group)], "resources": Self.list(resources)]
            if !names.isEmpty { rule["resourceNames"] = Self.list(names) }
            rule["verbs"] = Self.list(verbs)
            return rule
        case .paths(let paths):
            return ["nonResourceURLs": Self.list(paths), "verbs": Self.list(verbs)]
        }
    }

    private static func list(_ texts: [String]) -> JSON { .array(texts.map(JSON.string)) }
}

extension Permission: CustomStringConvertible {
    /// `get, list pods.metrics.k8s.io`, as kubectl names resources.
    package var description: String {
        let verbs = verbs.joined(separator: ", ")
        switch subject {
        case .paths(let paths): return "\(verbs) \(paths.joined(separator: ", "))"
        case .resources(let resources, let group, let names):
            let suffix = group.isEmpty ? "" : ".\(group)"
            let kinds = resources.map { $0 + suffix }.joined(separator: ", ")
            return names.isEmpty ? "\(verbs) \(kinds)" : "\(verbs) \(kinds) \(names.joined(separator: ", "))"
        }
    }
}
