import KubeClient
import KubeModel
import Lifecycle
import Providers
import VirtualNode

/// The end of a cluster that nobody can ask any more.
extension Leave {
    /// How long the cluster may take to answer.
    private static let limitOfAnswer = Duration.seconds(10)

    /// Takes the cluster out of the origin without its word that nothing runs there any more: by that of whoever asks for
    /// it. Nothing is done in the cluster.
    ///
    /// Its pods are asked to end while martlet still serves it. What can be proved to have ended, because the cluster comes
    /// back after all, goes as ever; what is left when nobody serves it is deleted by force.
    ///
    /// - Throws: ``Refusal``, ``NotFinished``, `APIError`, `CancellationError`.
    package func abandon(within limit: Duration) async throws {
        try await bounded(limit) { [self] in
            let sight = try await look(isAway: true)
            guard sight.plan.isThere else { return report.note("Nothing of \(cluster) stands in the origin") }
            if let refusal = try await abandonRefusal(sight) { throw refusal }
            try await giveUp(sight)
            try await stopService(sight)
            begin("taking \(cluster) away from the origin")
            try await removeNodes(sight)
            let pods = try await drain(sight).look()
            try await deletePods(pods.ending + pods.skipped, "by force, as nothing tells whether it still runs")
            if let secret = sight.secret { try await delete(.secrets, secret.metadata) }
            tellLeft(sight)
        }
    }

    /// Why the cluster is not to be given up; nil where it answers neither martlet nor us, or lets nobody in.
    func abandonRefusal(_ sight: Sight) async throws -> Refusal? {
        if let refusal = sight.plan.abandonRefusal { return refusal }
        guard let remote = sight.remote else { return nil }
        let known = sight.plan.view.remoteID ?? sight.secret?.metadata.annotations[NodeKeys.remoteID]
        do {
            let found = try await withTimeout(Self.limitOfAnswer, clock: clock) { try await remote.clusterID() }
            guard known == nil || found == known else {
                report.note("What answers for \(cluster) is another cluster, and is left alone")
                return nil
            }
            return Refusal(
                "\(cluster) answers, so that its pods can end there and nothing need be left: martlet leave \(cluster)"
            )
        } catch let error as APIError {
            let what = error.status == nil ? "does not answer" : "does not let us ask"
            report.note("\(cluster) \(what): \(error)")
        } catch let error as TimeoutError {
            report.note("\(cluster) does not answer: \(error)")
        }
        return nil
    }

    /// Has all pods of the cluster be asked to end, as far as their budgets mean anything.
    ///
    /// - Throws: ``Refusal`` also where the cluster has come back meanwhile; `APIError`, `CancellationError`.
    private func giveUp(_ sight: Sight) async throws {
        guard sight.secret?.departure?.isFinal != true else { return }
        let pods = try await drain(sight).look()
        if let refusal = pods.refusal { throw refusal }
        // It may be served by what this command does not see, such as a configuration file.
        if sight.secret == nil { try await awaitSilence(sight) }
        tellOfPods(pods)
        try await cordon(sight.nodes)
        begin("giving up the pods of \(cluster)")
        try await drain(sight).giveUp()
        // It may have come back while budgets were waited for: then its pods end there.
        if let refusal = try await abandonRefusal(try await look(isAway: true)) { throw refusal }
    }

    /// What it means for the pods, for whoever answers for it.
    func tellOfPods(_ pods: Drain.Sight) {
        let all = pods.toEvict + pods.ending + pods.skipped
        guard !all.isEmpty else { return }
        report.note(
            "Nothing tells whether the pods of \(cluster) still run, and by --abandon they are taken for ended all the "
                + "same. Should \(cluster) come back, they run there until it is joined again, or somebody deletes them there"
        )
        let only = all.filter { $0.controller?.kind == "StatefulSet" }.map(\.key.description).sorted()
        guard !only.isEmpty else { return }
        report.note("  those of StatefulSets run twice then: \(only.joined(separator: ", "))")
    }

    /// What may be left in the cluster, and how it ends.
    private func tellLeft(_ sight: Sight) {
        report.note("\(cluster) is abandoned, and whatever ran there may be left. A join of the same cluster ends it;")
        report.note("without one, these do in \(cluster), the claims with their data:")
        for command in RemoteTraces.commands(of: sight.owners) { report.note("  \(command)") }
        guard sight.secret?.metadata.labels[JoinedAccount.madeByLabel.name] == JoinedAccount.madeByLabel.value else {
            return
        }
        report.note("and this ends martlet's account there, whose token is good until then:")
        report.note("  kubectl delete clusterrole \(sight.account.name)")
    }
}
