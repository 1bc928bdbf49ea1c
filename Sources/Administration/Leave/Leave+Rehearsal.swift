import KubeModel
import Providers

extension Leave {
    /// What ``run(_:within:)`` would do, a line each. Changes nothing.
    ///
    /// - Throws: as it does.
    package func rehearse(_ way: Way) async throws -> String {
        let sight = try await look()
        guard sight.plan.isThere else { return "nothing of \(cluster) stands in the origin" }
        if let refusal = sight.plan.refusal(of: way) { throw refusal }
        let lines =
            switch way {
            case .emptied: try await leaveLines(sight)
            case .detached: detachLines(sight)
            case .lost: try await lossLines(sight)
            }
        return lines.joined(separator: "\n")
    }

    private func detachLines(_ sight: Sight) -> [String] {
        guard let secret = sight.secret?.metadata.name else { return [] }
        return [
            "secret/\(secret) marked detached in the origin", "clusterrole/\(sight.account.name) deleted in \(cluster)",
            "secret/\(secret) without credentials in the origin",
        ]
    }

    private func lossLines(_ sight: Sight) async throws -> [String] {
        try await refuseIfAlive(sight)
        let pods = try await drain.look()
        if let refusal = pods.refusal { throw refusal }
        let steps = sight.node == nil ? [] : ["cordoned", "deleted"]
        var lines = steps.map { "node/\(cluster) \($0) in the origin" }
        lines += (pods.toEvict + pods.ending + pods.skipped).map { "pod/\($0.name) in \($0.namespace) released" }
        if let secret = sight.secret { lines.append("secret/\(secret.metadata.name) deleted in the origin") }
        return lines
    }

    private func leaveLines(_ sight: Sight) async throws -> [String] {
        let pods = try await drain.look()
        if let refusal = pods.refusal { throw refusal }
        var lines = sight.node == nil ? [] : ["node/\(cluster) cordoned in the origin"]
        lines += pods.toEvict.map { "pod/\($0.name) in \($0.namespace) evicted" }
        lines += pods.skipped.map { "pod/\($0.name) in \($0.namespace) not moved: it belongs to the node" }
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
