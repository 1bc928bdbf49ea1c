import KubeClient
package import KubeModel
import Observability

extension RemoteCluster {
    package func create(_ pod: Pod) async throws -> [TranslationNotice] {
        let json = try pod.json()
        let key = delegateKey(of: pod.key)
        let tokens = try await dependents.check(
            PodReference.all(in: TokenVolumes.withoutInjected(json["spec"] ?? [:])),
            namespace: pod.key.namespace,
            remoteNamespace: key.namespace
        )
        let (delegate, notices) = DelegatePod.render(
            json,
            identity: identity,
            namespace: key.namespace,
            restartBase: ContainerStatuses.restartBase(of: json["status"]),
            tokenSecrets: tokens
        )
        try await create(delegate, at: key, for: pod.uid)
        return notices
    }

    package func update(_ pod: Pod, instance: PodInstance) async throws {
        guard pod.fingerprint != instance.fingerprint else { return }
        let patch = DelegateUpdate.patch(pod: try pod.json(), instance: instance, identity: identity)
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

    package func liveInstance(for podUID: UID, key: ObjectKey) async throws -> PodInstance? {
        let place = delegateKey(of: key)
        do {
            let object = try await client.get(.pods, namespace: place.namespace, name: place.name)
            guard identity.owns(ObjectMeta(object), podUID: podUID) else { return nil }
            return try Delegate(json: object).instance
        } catch let error as APIError where error.code == .notFound {
            return nil
        } catch let error as APIError {
            throw ProviderError(error, doing: "reading delegate \(place)")
        }
    }
}

// MARK: - Creation

extension RemoteCluster {
    private func create(_ delegate: JSON, at key: ObjectKey, for podUID: UID) async throws {
        do {
            try await createOnce(delegate, at: key)
        } catch let error as APIError where error.code == .notFound {
            try await makeNamespace(key.namespace)
            try await retryInNewNamespace(delegate, at: key)
        } catch let error as APIError where error.code == .alreadyExists {
            try await adopt(at: key, for: podUID)
        } catch let error as APIError where error.isMissingServiceAccount {
            throw Self.namespaceStarting(key.namespace)
        } catch let error as APIError {
            throw ProviderError(error, doing: "creating delegate \(key)")
        }
    }

    private func createOnce(_ delegate: JSON, at key: ObjectKey) async throws {
        let mark = cache.store.mark()
        let answer = try await client.create(.pods, namespace: key.namespace, object: delegate)
        try cache.store.upsert(Delegate(json: answer), since: mark)
    }

    private func retryInNewNamespace(_ delegate: JSON, at key: ObjectKey) async throws {
        do {
            try await createOnce(delegate, at: key)
        } catch let error as APIError where error.isMissingServiceAccount || error.code == .notFound {
            throw Self.namespaceStarting(key.namespace)
        } catch let error as APIError {
            throw ProviderError(error, doing: "creating delegate \(key)")
        }
    }

    private static func namespaceStarting(_ namespace: String) -> ProviderError {
        ProviderError(
            .throttled(after: .milliseconds(200)),
            reason: "NamespaceStarting",
            message: "Namespace \"\(namespace)\" was made and has no default ServiceAccount yet."
        )
    }

    /// A namespace that is not there is made and labelled as ours; one that is, whoever made it, is used as it is.
    private func makeNamespace(_ namespace: String) async throws {
        let object: JSON = [
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": [
                "name": .string(namespace),
                "labels": [DelegateIdentity.originLabel: .string(identity.originID)],
            ],
        ]
        do {
            _ = try await client.create(.namespaces, namespace: nil, object: object)
            logger.info("Created namespace", ["namespace": namespace])
        } catch let error as APIError where error.code == .alreadyExists {
            return
        } catch let error as APIError {
            throw ProviderError(error, doing: "creating namespace \(namespace)")
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
            throw ProviderError(error, doing: "reading pod \(key)")
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
        throw ProviderError(
            .occupied,
            reason: "EarlierDelegateEnding",
            message: "An earlier pod \"\(key)\" of the same name still ends in cluster \(name)."
        )
    }
}

extension APIError {
    /// The ServiceAccount admission controller's refusal in a namespace whose default account the controller manager
    /// has not made yet; it passes within a second.
    fileprivate var isMissingServiceAccount: Bool {
        code == .forbidden && message.contains("service account") && message.contains("not found")
            || code == .forbidden && message.contains("no API token found for service account")
    }
}
