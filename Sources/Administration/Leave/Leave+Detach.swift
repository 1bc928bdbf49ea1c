import KubeClient
import KubeModel
import VirtualNode

extension Leave {
    /// Leaves the delegates running and the pods where they are, and takes only martlet's way to the cluster away: a
    /// later join finds everything as it is.
    ///
    /// - Throws: ``Refusal``, ``NotFinished``, `APIError`, `KubeConfigError`, `CancellationError`.
    package func detach(within limit: Duration) async throws {
        try await bounded(limit) { [self] in
            let sight = try await look()
            if let refusal = sight.plan.detachRefusal { throw refusal }
            guard let secret = sight.secret else { return }
            if secret.departure == nil { try await mark(secret, .detached) }
            begin("waiting until martlet has let go of \(cluster)")
            let nodes = sight.nodes.isEmpty ? [cluster] : sight.nodes.map { ObjectMeta($0).name }
            for node in nodes { try await waitUntilDetached(node) }
            try await endAccount(sight)
            guard secret.kubeconfig != nil else { return report.note("\(cluster) is detached") }
            try await patch(secret, ["data": .object([ClusterSecret.Format.own.key: .null])])
            report.done("secret/\(secret.metadata.name) without credentials in the origin")
            report.note("\(cluster) is detached: its pods run on, none moves, and no new ones come")
        }
    }

    /// The node says so once nothing of martlet looks at the cluster.
    private func waitUntilDetached(_ name: String) async throws {
        while true {
            let node = try await origin.find(.nodes, name: name)
            let lost = node.flatMap { NodeCondition(NodeKeys.clusterLost, of: $0) }
            if lost?.reason == StatedCondition.detachedReason { return }
            try await clock.sleep(for: .milliseconds(500))
        }
    }
}
