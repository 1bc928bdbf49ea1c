import KubeClient
import KubeModel
import Lifecycle
import Providers

extension Leave {
    /// How long the cluster has to answer.
    private static let answerLimit = Duration.seconds(15)

    /// Gives the cluster up: its pods are released, so that their controllers replace them, and what stands of it in the
    /// origin goes. Nothing is asked of the cluster, and nothing is said to have ended there: that it is gone for good is
    /// the word of the person who runs the command.
    func giveUp(within limit: Duration) async throws {
        try await bounded(limit) { [self] in
            let sight = try await look()
            if let refusal = sight.plan.lossRefusal { throw refusal }
            guard sight.plan.isThere else { return report.note("Nothing of \(cluster) stands in the origin") }
            if let refusal = try await drain.look().refusal { throw refusal }
            try await refuseIfAlive(sight)
            if let node = sight.node { try await cordon(node) }
            try await stopService(sight)
            begin("giving up the pods of \(cluster)")
            try await removeNode(sight)
            try await deletePods("released: nobody has seen its end in \(cluster)")
            try await tellWhatIsLeft(sight)
            try await removeSecret(sight)
        }
    }

    /// A cluster that lets us in is not gone. Another one that has its address is no objection.
    func refuseIfAlive(_ sight: Sight) async throws {
        guard let remote = sight.remote else { return }
        do {
            let id = try await withTimeout(Self.answerLimit, clock: clock) { try await remote.clusterID() }
            guard sight.plan.view.remoteID == nil || id == sight.plan.view.remoteID else { return }
        } catch let error as APIError where error.code == .forbidden {
            // It knows who we are.
        } catch is APIError {
            return
        } catch is TimeoutError {
            return
        }
        throw Refusal("\(cluster) answers, and leaves without --lost")
    }

    private func tellWhatIsLeft(_ sight: Sight) async throws {
        var lines = ["Warning: nothing was ended in \(cluster). If anything of it still runs, or comes back:"]
        let selector = sight.identity.labelSelector
        lines.append("  pods that were released here may run there a second time: those with the labels \(selector)")
        if sight.secret?.metadata.labels[JoinedAccount.madeByLabel.name] == JoinedAccount.madeByLabel.value {
            lines.append("  martlet's account is good there: kubectl delete clusterrole \(sight.account.name) ends it")
        }
        lines.append("  joined again, it ends by itself what has no pod here any more")
        lines += try await volumeLines(sight)
        for line in lines { report.note(line) }
    }

    /// What of the origin's claims had its data there.
    private func volumeLines(_ sight: Sight) async throws -> [String] {
        let selector = "\(DelegateIdentity.nodeLabel)=\(cluster)"
        let volumes: [JSON]
        do {
            volumes = try await origin.list(.persistentVolumes, labelSelector: selector)["items"]?.array ?? []
        } catch let error as APIError where error.code == .forbidden {
            return ["  claims may have had their data there, which can't be told: \(error)"]
        }
        let claims = volumes.compactMap { volume -> String? in
            let claim = volume.at("spec", "claimRef")
            guard let namespace = claim?["namespace"]?.string, let name = claim?["name"]?.string else { return nil }
            return "\(namespace)/\(name)"
        }
        guard !claims.isEmpty else { return [] }
        return [
            "The data of these claims was there, and their pods wait for it: \(claims.sorted().joined(separator: ", "))",
            "  kubectl delete pvc lets them begin anew, kubectl delete pv -l \(selector) removes what stood for it",
        ]
    }
}
