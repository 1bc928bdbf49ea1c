import KubeModel
import Testbed
import Testing

/// What people find out with martlet's own commands. Some of the tests break a cluster or stop martlet, so they come one
/// after the other.
@Suite(.fleet(.standard, lasting: .seconds(120)), .serialized)
struct InspectionTests {}

extension Fleet {
    /// A person of the origin who may do exactly this.
    ///
    /// - Parameter rules: of a ClusterRole.
    /// - Returns: the path of the kubeconfig.
    func person(_ name: String, _ rules: [JSON]) async throws -> String {
        let role: JSON = [
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": ["name": .string(name)],
            "rules": .array(rules),
        ]
        let binding: JSON = [
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": ["name": .string(name)],
            "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": .string(name)],
            "subjects": [["apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": .string(name)]],
        ]
        for object in [role, binding] { try await origin.apply(object) }
        let verbs = rules.compactMap { rule in
            rule["verbs"]?[0]?.string.flatMap { verb in rule["resources"]?[0]?.string.map { (verb, $0) } }
        }
        try await eventually("the API server knows the rights of \(name)") {
            for (verb, resource) in verbs {
                let answer = try await origin.control.kubectl(["auth", "can-i", verb, resource, "--as", name, "-A"])
                guard answer.output.hasPrefix("yes") else { return false }
            }
            return true
        }
        return try origin.control.writeKubeconfig(user: name)
    }

    /// A rule of such a role, of the core group.
    static func rule(_ verbs: [String], _ resources: String...) -> JSON {
        [
            "apiGroups": [""], "resources": .array(resources.map(JSON.string)),
            "verbs": .array(verbs.map(JSON.string)),
        ]
    }
}
