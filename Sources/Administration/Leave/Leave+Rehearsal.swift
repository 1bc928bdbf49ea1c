import KubeModel
import Providers

extension Leave {
    /// What ``run(within:)`` would do, or ``detach(within:)``, a line each. Changes nothing.
    ///
    /// - Throws: as they do.
    package func rehearse(detaching: Bool) async throws -> String {
        let sight = try await look()
        guard sight.plan.isThere else { return "nothing of \(cluster) stands in the origin" }
        if let refusal = detaching ? sight.plan.detachRefusal : sight.plan.leaveRefusal { throw refusal }
        return (detaching ? detachLines(sight) : try await leaveLines(sight)).joined(separator: "\n")
    }

    private func detachLines(_ sight: Sight) -> [String] {
        guard let secret = sight.secret?.metadata.name else { return [] }
        return [
            "secret/\(secret) marked detached in the origin", "clusterrole/\(sight.account.name) deleted in \(cluster)",
            "secret/\(secret) without credentials in the origin",
        ]
    }

    private func leaveLines(_ sight: Sight) async throws -> [String] {
        let pods = try await drain.look()
        if let refusal = pods.refusal { throw refusal }
        var lines = sight.node == nil ? [] : ["node/\(cluster) cordoned in the origin"]
        lines += pods.toEvict.map { "pod/\($0.name) in \($0.namespace) evicted" }
        lines += pods.skipped.map { "pod/\($0.name) in \($0.namespace) not moved, and deleted after the node" }
        if let remote = sight.remote, sight.secret?.departure != .cleaned {
            let claims = try await RemoteTraces(of: sight.identity, by: remote).claims()
            let fate = request.deletesVolumes ? "deleted, with its data" : "kept, with its data"
            lines += claims.map { "persistentvolumeclaim/\($0.name) in \($0.namespace) of \(cluster) \(fate)" }
        }
        if sight.node != nil { lines.append("node/\(cluster) deleted in the origin") }
        guard let secret = sight.secret else { return lines }
        if secret.metadata.labels[JoinedAccount.madeByLabel.name] != nil {
            lines.append("clusterrole/\(sight.account.name) deleted in \(cluster), and with it the account")
        }
        return lines + ["secret/\(secret.metadata.name) deleted in the origin"]
    }
}
