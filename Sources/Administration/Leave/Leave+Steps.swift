import KubeClient
import KubeModel
import Lifecycle
import Providers

// MARK: - Pods

extension Leave {
    private static let interval = Duration.seconds(1)

    func drain(_ sight: Sight) -> Drain {
        Drain(nodes: sight.owners.nodeNames, client: origin, force: request.force, report: report, clock: clock)
    }

    /// Has the pods move, and returns when their delegates are gone. Martlet serves the cluster meanwhile.
    func empty(_ sight: Sight) async throws {
        guard sight.secret?.departure?.isFinal != true, !sight.nodes.isEmpty else { return }
        let drain = drain(sight)
        let pods = try await drain.look()
        if let refusal = pods.refusal { throw refusal }
        guard sight.secret != nil else {
            guard pods.isDone else {
                throw Refusal(
                    "\(cluster) has pods, and no Secret by which anybody could end them; join it again first, or, where it "
                        + "is gone for good: martlet leave \(cluster) --abandon"
                )
            }
            return
        }
        try await cordon(sight.nodes)
        begin("moving the pods of \(cluster)")
        try await drain.run()
        begin("waiting until the delegates in \(cluster) are gone")
        guard let remote = sight.remote else { return }
        let traces = RemoteTraces(of: sight.owners, by: remote)
        try await settle {
            let delegates = try await traces.delegates()
            // Looked at afterwards: a pod of a DaemonSet may be made anew at any time.
            let staying = Set(try await drain.look().skipped.map(\.uid))
            return delegates.filter { !staying.contains($0) }.count
        }
    }

    /// All of them, before the pods of one could move to another.
    func cordon(_ nodes: [JSON]) async throws {
        for node in nodes where node.at("spec", "unschedulable")?.bool != true {
            let metadata = ObjectMeta(node)
            let patch: JSON = ["metadata": ["uid": .string(metadata.uid)], "spec": ["unschedulable": true]]
            _ = try await origin.patch(.nodes, name: metadata.name, type: .merge, body: patch)
            report.done("node/\(metadata.name) cordoned in the origin")
        }
    }

    /// Looks until nothing is left; a remote that can't be asked is asked again, and that is told.
    private func settle(_ left: () async throws -> Int) async throws {
        var told = ""
        while true {
            var text = ""
            do {
                let count = try await left()
                guard count > 0 else { return }
                text = "\(count) left"
            } catch let error as APIError where error.isPassing {
                text = "\(cluster) can't be asked, and is asked again: \(error)"
            }
            if text != told { report.note("  \(text)") }
            told = text
            try await clock.sleep(for: Self.interval)
        }
    }
}

extension APIError {
    /// Whether the same call may go well later.
    fileprivate var isPassing: Bool {
        switch disposition {
        case .retryNow, .retryLater: code != .unauthorized && code != .credentials
        case .never, .gone, .conflict: false
        }
    }
}

// MARK: - The end

extension Leave {
    /// Has martlet stop serving the cluster, and returns when it has.
    func stopService(_ sight: Sight) async throws {
        if let secret = sight.secret, secret.departure?.isFinal != true {
            try await mark(secret, .left, nodes: sight.owners.nodeNames)
        }
        try await awaitSilence(sight)
    }

    /// Returns when nobody serves the cluster: each of its nodes has fallen silent.
    func awaitSilence(_ sight: Sight) async throws {
        begin("waiting until martlet no longer serves \(cluster)")
        let start = ContinuousClock.now
        var silences = sight.owners.nodeNames.map { (node: $0, silence: LeaseSilence()) }
        while true {
            var isSilent = true
            for index in silences.indices {
                let name = silences[index].node
                let lease = try await origin.find(.leases, namespace: "kube-node-lease", name: name)
                let isOver = silences[index].silence.isSilent(lease, now: start.duration(to: .now))
                isSilent = isSilent && isOver
            }
            if isSilent { return }
            try await clock.sleep(for: Self.interval)
        }
    }

    /// - Parameter nodes: what the cluster's nodes are called, for whoever goes on when they are gone; nil leaves what stands.
    func mark(
        _ secret: ClusterSecret,
        _ departure: ClusterSecret.Departure,
        nodes: [String]? = nil
    ) async throws {
        var annotations: JSON = [:]
        annotations[ClusterSecret.departureAnnotation] = .string(departure.rawValue)
        annotations[ClusterSecret.departingNodesAnnotation] = nodes.map { JSON.string($0.joined(separator: ",")) }
        try await patch(secret, ["metadata": ["annotations": annotations]])
        report.done("secret/\(secret.metadata.name) marked \(departure.rawValue) in the origin")
    }

    func patch(_ secret: ClusterSecret, _ change: JSON) async throws {
        var change = change
        var metadata = change["metadata"] ?? [:]
        metadata["uid"] = .string(secret.metadata.uid)
        change["metadata"] = metadata
        _ = try await origin.patch(
            .secrets,
            namespace: secret.metadata.namespace,
            name: secret.metadata.name,
            type: .merge,
            body: change
        )
    }

    /// Takes away what of the origin is left in the remote, and says so on the Secret: what comes after ends the account.
    ///
    /// - Returns: whether the remote has said just now that nothing runs there any more. That the Secret says so may be a
    ///   person's word.
    /// - Throws: also where the remote does not let us: the credentials must not go before what they are good for.
    func clean(_ sight: Sight) async throws -> Bool {
        guard sight.secret?.departure != .cleaned else { return false }
        begin("taking away what is left in \(cluster)")
        guard let remote = sight.remote else {
            report.note(
                "  nothing leads there any more; what has the labels \(sight.owners.labelSelector) may be left"
            )
            return false
        }
        let traces = RemoteTraces(of: sight.owners, by: remote)
        do {
            if !request.deletesVolumes { tellKept(try await traces.claims()) }
            try await settle { [request] in try await traces.sweep(withClaims: request.deletesVolumes) }
        } catch let error as APIError where error.code == .unauthorized || error.code == .forbidden {
            report.note("  what has the labels \(sight.owners.labelSelector) may be left there. If it may:")
            let departure = "\(ClusterSecret.departureAnnotation)=\(ClusterSecret.Departure.cleaned.rawValue)"
            if let key = sight.secret?.metadata.key {
                report.note("  kubectl -n \(key.namespace) annotate --overwrite secret \(key.name) \(departure)")
            }
            throw error
        }
        if let secret = sight.secret { try await mark(secret, .cleaned) }
        return true
    }

    private func tellKept(_ claims: [ObjectKey]) {
        guard !claims.isEmpty else { return }
        let names = claims.map(\.description).sorted().joined(separator: ", ")
        report.note("  kept with their data (--delete-volumes deletes them): \(names)")
        report.note(
            "  the claims of the origin that they stand behind are bound to its nodes, and so are their pods"
        )
    }

    /// Takes away what stands in the origin, and the account in the remote; the Secret goes last.
    ///
    /// - Parameter isEmpty: whether nothing runs in the remote any more.
    func remove(_ sight: Sight, isEmpty: Bool) async throws {
        begin("taking \(cluster) away from the origin")
        try await removeNodes(sight)
        if isEmpty {
            try await deletePods(try await drain(sight).look().skipped, "nothing runs for it in \(cluster) any more")
        }
        try await endAccount(sight)
        if let secret = sight.secret { try await delete(.secrets, secret.metadata) }
    }

    func removeNodes(_ sight: Sight) async throws {
        for node in sight.nodes { try await delete(.nodes, ObjectMeta(node)) }
        for name in sight.owners.nodeNames {
            guard let lease = try await origin.find(.leases, namespace: "kube-node-lease", name: name) else { continue }
            try await delete(.leases, ObjectMeta(lease))
        }
    }

    /// Takes away pods of a node that has gone, without waiting for the origin's garbage collector, which does it some
    /// minutes later.
    ///
    /// - Parameter reason: for people.
    func deletePods(_ pods: [ObjectMeta], _ reason: String) async throws {
        for pod in pods {
            do {
                _ = try await origin.delete(
                    .pods,
                    namespace: pod.namespace,
                    name: pod.name,
                    options: DeleteOptions(gracePeriodSeconds: 0, uid: pod.uid)
                )
                report.done("pod/\(pod.name) in \(pod.namespace) deleted: \(reason)")
            } catch let error as APIError where error.disposition == .gone || error.disposition == .conflict {
                continue
            } catch let error as APIError where error.code == .forbidden {
                return report.note("  \(error); the origin's garbage collector does it some minutes later")
            }
        }
    }

    func delete(_ resource: Resource, _ object: ObjectMeta) async throws {
        do {
            _ = try await origin.delete(
                resource,
                namespace: resource.namespaced ? object.namespace : nil,
                name: object.name,
                options: DeleteOptions(uid: object.uid)
            )
            report.done("\(resource.kind.lowercased())/\(object.name) deleted in the origin")
        } catch let error as APIError where error.code == .notFound {
            return
        }
    }

    /// Ends the account that the join made; what belongs to it goes with its ClusterRole.
    func endAccount(_ sight: Sight) async throws {
        guard let remote = sight.remote, let secret = sight.secret,
            secret.metadata.labels[JoinedAccount.madeByLabel.name] == JoinedAccount.madeByLabel.value
        else { return }
        let name = sight.account.name
        do {
            _ = try await remote.delete(
                .clusterRoles,
                name: name,
                options: DeleteOptions(propagation: .background)
            )
            report.done("clusterrole/\(name) deleted in \(cluster), and with it the account")
        } catch let error as APIError where error.code == .notFound || error.code == .unauthorized {
            return  // It went before.
        } catch let error as APIError where error.code == .forbidden {
            report.note("  \(error); in \(cluster), kubectl delete clusterrole \(name) ends the account")
        }
    }
}
