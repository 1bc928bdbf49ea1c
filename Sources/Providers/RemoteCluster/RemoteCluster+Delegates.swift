import KubeClient
package import KubeModel
import Observability

extension RemoteCluster {
    package func create(_ pod: Pod, willRun: () async throws -> Void) async throws -> [TranslationNotice] {
        let key = delegateKey(of: pod.key)
        let json = try pod.json()
        try PodAdmission.check(json, cluster: name, namespace: key.namespace, policies: settings.policies)
        let tokens = try dependents.require(pod, in: key.namespace)
        if let claims {
            try PodClaims(spec: json["spec"] ?? [:], podName: pod.key.name)
                .expect(in: pod.key.namespace, of: claims.origin, node: identity.nodeName)
        }
        let owner = try await namespaces.owner(in: key.namespace)
        let account = try await accounts.delivery(for: json, namespace: key.namespace)
        let (delegate, notices) = try DelegatePod.render(
            json,
            identity: identity,
            namespace: key.namespace,
            owner: owner,
            settings: settings,
            restartBase: ContainerStatuses.restartBase(of: json["status"]),
            account: account,
            tokenSecrets: tokens,
            upward: feedback.annotations
        )
        let creation = DelegatePod.creation(of: delegate)
        try await expectVitalFields(of: creation, at: key)
        try await willRun()
        let lost = try await create(creation, at: key, for: pod.uid)
        return notices + dependents.absences(for: pod) + notice(ofLost: lost)
    }

    package func update(_ pod: Pod, instance: PodInstance) async throws {
        guard pod.fingerprint != instance.fingerprint else { return }
        let json = try pod.json()
        var wanted = try DelegatePod.render(
            json,
            identity: identity,
            namespace: instance.instanceKey.namespace,
            owner: .null,
            settings: settings,
            account: accounts.standing(tokenSecret: cache.store.get(instance.instanceKey)?.tokenSecret),
            upward: feedback.annotations
        ).object
        wanted["status"] = json["status"]
        SubresourceChange.restoreMounts(of: json, in: &wanted)
        let (reached, refusal) = try await bringSubresources(of: wanted, pod.fingerprint, to: instance) {
            try dependents.requireForEphemeral(pod, in: instance.instanceKey.namespace)
        }
        if reached != instance.fingerprint {
            let patch = DelegateUpdate.patch(
                pod: json,
                rendered: wanted,
                fingerprint: reached,
                instance: instance,
                upward: feedback.annotations
            )
            try await send(patch, to: instance)
        }
        if let refusal { throw refusal }
    }

    private func send(_ patch: JSON, to instance: PodInstance) async throws {
        let mark = cache.store.mark()
        do {
            let answer = try await client.patch(
                .pods,
                namespace: instance.instanceKey.namespace,
                name: instance.instanceKey.name,
                type: .strategicMerge,
                body: patch
            )
            try cache.store.upsert(Delegate(json: answer), since: mark)
        } catch let error as APIError where error.code == .notFound || error.code == .conflict {
            return  // Another delegate, or none, stands there by now; the watch tells, and the pod is looked at again.
        } catch let error as APIError {
            throw ProviderError(error, doing: "updating delegate \(instance.instanceKey)")
        }
    }

    package func delete(_ instance: PodInstance, gracePeriodSeconds: Int64?) async throws {
        let mark = cache.store.mark()
        do {
            let answer = try await client.delete(
                .pods,
                namespace: instance.instanceKey.namespace,
                name: instance.instanceKey.name,
                options: DeleteOptions(gracePeriodSeconds: gracePeriodSeconds, uid: instance.instanceUID)
            )
            guard answer["kind"]?.string == "Pod", answer.at("metadata", "deletionTimestamp") != nil else { return }
            // With no grace the object is gone already: only the watch may say so, or it would stay in the cache.
            guard gracePeriodSeconds != 0 else { return }
            try cache.store.upsert(Delegate(json: answer), since: mark)
        } catch let error as APIError where error.code == .notFound || error.code == .conflict {
            return  // Gone, or another stands there by now.
        } catch let error as APIError {
            throw ProviderError(error, doing: "deleting delegate \(instance.instanceKey)")
        }
    }

    /// The version is a precondition, so that a binding in between fails the deletion. A pod that has no node goes at once,
    /// whatever its grace (kubernetes pkg/registry/core/pod, `CheckGracefulDelete`), and one that finalizers hold can't be
    /// bound any more (`setPodHostAndAnnotations`).
    package func withdraw(_ instance: PodInstance) async throws -> Bool {
        guard let delegate = cache.store.get(instance.instanceKey), delegate.instance === instance,
            delegate.nodeName == nil, !instance.hasRun, !instance.isTerminating
        else { return false }
        do {
            _ = try await client.delete(
                .pods,
                namespace: instance.instanceKey.namespace,
                name: instance.instanceKey.name,
                options: DeleteOptions(
                    uid: instance.instanceUID,
                    resourceVersion: delegate.metadata.resourceVersion
                )
            )
            return true
        } catch let error as APIError where error.code == .notFound || error.code == .conflict {
            return false
        } catch let error as APIError {
            throw ProviderError(error, doing: "withdrawing delegate \(instance.instanceKey)")
        }
    }

    package func liveInstance(for podUID: UID, key: ObjectKey) async throws -> PodInstance? {
        let place = delegateKey(of: key)
        let mark = cache.store.mark()
        let object: JSON
        do {
            object = try await client.get(.pods, namespace: place.namespace, name: place.name)
        } catch let error as APIError where error.code == .notFound {
            return nil
        } catch let error as APIError {
            throw ProviderError(error, doing: "reading delegate \(place)")
        }
        let metadata = ObjectMeta(object)
        guard identity.owns(metadata, podUID: podUID) else {
            try expectStranger(metadata, at: place, of: key)
            return nil
        }
        let delegate = try Delegate(json: object)
        cache.store.upsert(delegate, since: mark)
        return delegate.instance
    }

    /// A pod that was our delegate and lost our labels still runs for its pod: that is no absence.
    private func expectStranger(_ metadata: ObjectMeta, at place: ObjectKey, of pod: ObjectKey) throws {
        let isMarked = metadata.annotations[DelegateIdentity.podAnnotation] == pod.description
        guard isMarked, metadata.labels[DelegateIdentity.originLabel] == nil else { return }
        throw ProviderError(
            .conflict,
            reason: "DelegateMarksRemoved",
            message: "Somebody took the labels martlet.dev/* off pod \"\(place)\" in cluster \(name). Delete it there."
        )
    }
}

// MARK: - Creation

extension RemoteCluster {
    /// Has a remote that may not know a field which the pod can't be without say so before there is a delegate.
    private func expectVitalFields(of delegate: JSON, at key: ObjectKey) async throws {
        let version = source.version
        guard let spec = delegate["spec"], FieldLoss.isPossible(of: spec, in: version) else { return }
        let answer: JSON
        do {
            answer = try await client.create(.pods, namespace: key.namespace, object: delegate, isDryRun: true)
        } catch let error as APIError
            where error.code == .alreadyExists || error.code == .notFound
            || error.isMissingServiceAccount(in: key.namespace)
        {
            return  // The creation tells what that means.
        } catch let error as APIError {
            let failure = ProviderError(error, doing: "asking for delegate \(key)")
            throw ProviderError(failure.code, reason: failure.reason, message: failure.message)
        }
        let lost = FieldLoss.vitalPaths(sent: spec, answered: answer["spec"] ?? [:])
        guard !lost.isEmpty else { return }
        throw ProviderError(
            .rejected,
            reason: "FieldsNotInCluster",
            message: "Cluster \(name) (\(version)) does not have what the pod can't be without: "
                + lost.joined(separator: ", ")
        )
    }

    private func notice(ofLost paths: [String]) -> [TranslationNotice] {
        guard !paths.isEmpty else { return [] }
        let more = paths.count > 10 ? " and \(paths.count - 10) more" : ""
        let message =
            "Cluster \(name) has not kept these fields of the pod: "
            + paths.prefix(10).joined(separator: ", ") + more
        return [TranslationNotice(reason: "FieldsNotInCluster", message: message)]
    }

    /// Returns the fields that the remote has not kept.
    private func create(_ delegate: JSON, at key: ObjectKey, for podUID: UID) async throws -> [String] {
        cache.doubt(podUID)
        let mark = cache.store.mark()
        do {
            let answer = try await client.create(.pods, namespace: key.namespace, object: delegate)
            try cache.store.upsert(Delegate(json: answer), since: mark)
            return FieldLoss.paths(sent: delegate["spec"] ?? [:], answered: answer["spec"] ?? [:])
        } catch let error as APIError where error.code == .alreadyExists {
            try await adopt(at: key, for: podUID)
            return []
        } catch let error as APIError where error.code == .notFound || error.isMissingServiceAccount(in: key.namespace)
        {
            namespaces.forget(key.namespace)
            throw ProviderError(
                .unavailable,
                reason: "NamespaceStarting",
                message: "Namespace \"\(key.namespace)\" in cluster \(name) is not ready for pods: \(error.message)"
            )
        } catch let error as APIError {
            throw ProviderError(error, doing: "creating delegate \(key)")
        }
    }

    /// Something stands where the delegate should: ours from a call whose answer was lost, an earlier one of ours that
    /// still ends, or a stranger's, which is left alone.
    private func adopt(at key: ObjectKey, for podUID: UID) async throws {
        let mark = cache.store.mark()
        let object: JSON
        do {
            object = try await client.get(.pods, namespace: key.namespace, name: key.name)
        } catch let error as APIError {
            // It may be ours.
            let failure = ProviderError(error, doing: "reading pod \(key)")
            throw ProviderError(
                failure.code,
                reason: failure.reason,
                message: failure.message,
                mayHaveHappened: true
            )
        }
        let metadata = ObjectMeta(object)
        if identity.owns(metadata, podUID: podUID) {
            try cache.store.upsert(Delegate(json: object), since: mark)
            return
        }
        guard metadata.labels[DelegateIdentity.originLabel] == identity.originID else {
            throw ProviderError(
                .conflict,
                reason: "DelegateNameTaken",
                message: "Cluster \(name) has a pod \"\(key)\" that is not martlet's. Rename one of them."
            )
        }
        let node = metadata.labels[DelegateIdentity.nodeLabel] ?? "?"
        throw ProviderError(
            .occupied,
            reason: "EarlierDelegateEnding",
            message: "Cluster \(name) still has a pod \"\(key)\" for an earlier pod of that name (of node \(node))."
        )
    }
}

extension APIError {
    /// The ServiceAccount admission controller's refusal in a namespace whose default account the controller manager
    /// has not made yet; it passes within a second (kubernetes plugin/pkg/admission/serviceaccount). Others may speak of
    /// accounts too, and a webhook's words are its own.
    fileprivate func isMissingServiceAccount(in namespace: String) -> Bool {
        isMissingToken
            || code == .forbidden && !message.contains("admission webhook")
                && message.contains("error looking up service account \(namespace)/")
    }

    /// Up to Kubernetes 1.23 the same controller waits for the account's token, and says so by a ServerTimeout (500) of its
    /// own words: unlike those of the storage it comes before anything is stored.
    private var isMissingToken: Bool {
        code == .serverTimeout && message.hasPrefix("No API token found for service account \"")
    }
}
