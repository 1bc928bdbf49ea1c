import KubeModel
import Providers

extension Leave {
    /// What ``run(within:)`` would do, or ``detach(within:)``, or ``abandon(within:)``, a line each. Changes nothing.
    ///
    /// - Throws: as they do.
    package func rehearse(_ way: Way) async throws -> String {
        let sight = try await look(isAway: way == .abandoning)
        guard sight.plan.isThere else { return "nothing of \(cluster) stands in the origin" }
        if let refusal = try await refusal(of: way, sight) { throw refusal }
        let lines =
            switch way {
            case .moving: try await leaveLines(sight)
            case .detaching: detachLines(sight)
            case .abandoning: try await abandonLines(sight)
            }
        return lines.joined(separator: "\n")
    }

    private func refusal(of way: Way, _ sight: Sight) async throws -> Refusal? {
        switch way {
        case .moving: sight.plan.leaveRefusal
        case .detaching: sight.plan.detachRefusal
        case .abandoning: try await abandonRefusal(sight)
        }
    }

    private func abandonLines(_ sight: Sight) async throws -> [String] {
        let pods = try await drain(sight).look()
        var (lines, ending) = ([String](), pods.ending)
        // Once it is marked, no more pods are asked to end.
        if sight.secret?.departure?.isFinal != true {
            if let refusal = pods.refusal { throw refusal }
            tellOfPods(pods)
            lines = nodeLines(sight, "cordoned")
            for pod in pods.toEvict {
                let end = pods.ready.contains(pod.uid) ? "evicted" : "deleted"
                lines.append("pod/\(pod.name) in \(pod.namespace) \(end)")
            }
            ending = pods.toEvict + ending
        }
        lines += nodeLines(sight, "deleted")
        lines += (ending + pods.skipped).map { "pod/\($0.name) in \($0.namespace) deleted by force" }
        guard let secret = sight.secret else { return lines }
        return lines + ["secret/\(secret.metadata.name) deleted in the origin"]
    }

    private func nodeLines(_ sight: Sight, _ fate: String) -> [String] {
        sight.nodes.map { "node/\(ObjectMeta($0).name) \(fate) in the origin" }
    }

    private func detachLines(_ sight: Sight) -> [String] {
        guard let secret = sight.secret?.metadata.name else { return [] }
        return [
            "secret/\(secret) marked detached in the origin", "clusterrole/\(sight.account.name) deleted in \(cluster)",
            "secret/\(secret) without credentials in the origin",
        ]
    }

    private func leaveLines(_ sight: Sight) async throws -> [String] {
        let pods = try await drain(sight).look()
        if let refusal = pods.refusal { throw refusal }
        var lines = nodeLines(sight, "cordoned")
        lines += pods.toEvict.map { "pod/\($0.name) in \($0.namespace) evicted" }
        lines += pods.skipped.map { "pod/\($0.name) in \($0.namespace) not moved, and deleted after the node" }
        if let remote = sight.remote, sight.secret?.departure != .cleaned {
            let claims = try await RemoteTraces(of: sight.owners, by: remote).claims()
            let fate = request.deletesVolumes ? "deleted, with its data" : "kept, with its data"
            lines += claims.map { "persistentvolumeclaim/\($0.name) in \($0.namespace) of \(cluster) \(fate)" }
        }
        lines += nodeLines(sight, "deleted")
        guard let secret = sight.secret else { return lines }
        if secret.metadata.labels[JoinedAccount.madeByLabel.name] != nil {
            lines.append("clusterrole/\(sight.account.name) deleted in \(cluster), and with it the account")
        }
        return lines + ["secret/\(secret.metadata.name) deleted in the origin"]
    }
}
