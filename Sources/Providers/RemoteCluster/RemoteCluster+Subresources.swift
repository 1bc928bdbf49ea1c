import KubeClient
import KubeModel

/// In-place changes of pods that are behind subresources: ephemeral containers and resources. Rare, so that each may cost
/// a read of the delegate.
extension RemoteCluster {
    /// Brings what changed behind subresources.
    ///
    /// - Parameter requireForEphemeral: throws until all is there that ephemeral containers refer to.
    /// - Returns: the state of the pod that the delegate can be brought to by an ordinary patch from here, and why that
    ///   is not the pod's own, where the remote refused a part of it.
    func bringSubresources(
        of pod: JSON,
        _ fingerprint: PodFingerprint,
        to instance: PodInstance,
        requiring requireForEphemeral: () throws -> Void
    ) async throws -> (reached: PodFingerprint, refusal: ProviderError?) {
        var reached = fingerprint
        var refusal: ProviderError?
        let last = instance.fingerprint
        func attempt(_ part: WritableKeyPath<PodFingerprint, String>, _ bring: () async throws -> Void) async throws {
            guard fingerprint[keyPath: part] != last[keyPath: part], !last[keyPath: part].isEmpty else { return }
            do {
                try await bring()
            } catch let error as ProviderError where !error.isPassing {
                reached[keyPath: part] = last[keyPath: part]
                refusal = error
            }
        }
        try await attempt(\.ephemeralContainers) {
            try requireForEphemeral()
            let refused = PodAdmission.refusedEphemeral(of: pod, cluster: name, policies: settings.policies)
            try await bringEphemeralContainers(of: pod, besides: refused?.names ?? [], to: instance)
            if let refused { throw refused.refusal }
        }
        try await attempt(\.resources) { try await bringResources(of: pod, to: instance) }
        return (reached, refusal)
    }

    /// Up to Kubernetes 1.22 the subresource speaks a kind of its own, and is there only with the feature gate of that
    /// name; later it speaks pods.
    private func bringEphemeralContainers(
        of pod: JSON,
        besides refused: Set<String>,
        to instance: PodInstance
    ) async throws {
        try await changing(instance, "adding an ephemeral container to") { delegate in
            let subresource = "ephemeralcontainers"
            let kind = try await features.kind(of: "pods/\(subresource)")
            let path = kind == "EphemeralContainers" ? "/ephemeralContainers" : "/spec/ephemeralContainers"
            let patch = SubresourceChange.ephemeralContainers(
                pod: pod,
                besides: refused,
                delegate: delegate,
                path: path
            )
            guard let patch else { return }
            guard kind != nil else {
                throw ProviderError(
                    .rejected,
                    reason: "EphemeralContainersUnsupported",
                    message: "Cluster \(name) (\(source.report.version)) takes no ephemeral containers."
                )
            }
            try await send(patch, to: instance, subresource: subresource)
        }
    }

    /// Kubernetes 1.33 and later have a subresource; from 1.27 on, servers with the feature gate take it from an ordinary
    /// patch, and the others say why they don't.
    private func bringResources(of pod: JSON, to instance: PodInstance) async throws {
        try await changing(instance, "resizing") { delegate in
            guard let patch = SubresourceChange.resources(pod: pod, delegate: delegate) else { return }
            if try await features.kind(of: "pods/resize") != nil {
                let answer = try await send(patch, to: instance, subresource: "resize")
                return try expectResized(answer, like: pod)
            }
            let version = source.report.version
            guard RemoteFeatures.release(version, isAtLeast: 27) else {
                throw ProviderError(
                    .rejected,
                    reason: "ResizeUnsupported",
                    message: "Cluster \(name) (\(version)) can't change the resources of a pod that runs; "
                        + "a new pod would have them."
                )
            }
            try expectResized(try await send(patch, to: instance, subresource: nil), like: pod)
        }
    }

    /// API servers drop fields that they do not know without a word.
    private func expectResized(_ answer: JSON, like pod: JSON) throws {
        guard SubresourceChange.lostPodResources(pod: pod, answer: answer) else { return }
        throw ProviderError(
            .rejected,
            reason: "ResizeUnsupported",
            message: "Cluster \(name) (\(source.report.version)) knows no resources of a pod as a whole."
        )
    }

    /// Reads the delegate and lets it be changed; nothing where another stands there by now.
    ///
    /// - Throws: ``ProviderError`` `.unavailable` where the delegate changed at the same time or went: nothing was brought,
    ///   and the delegate must not be marked as if it were.
    private func changing(
        _ instance: PodInstance,
        _ what: String,
        _ change: (_ delegate: JSON) async throws -> Void
    ) async throws {
        let key = instance.instanceKey
        do {
            let delegate = try await client.get(.pods, namespace: key.namespace, name: key.name)
            guard ObjectMeta(delegate).uid == instance.instanceUID else { return }
            try await change(delegate)
        } catch let error as APIError where error.code == .notFound || error.code == .conflict {
            throw ProviderError(
                .unavailable,
                reason: "DelegateChanging",
                message: "\(what) delegate \(key): it changed at the same time: \(error.message)"
            )
        } catch let error as APIError {
            throw ProviderError(error, doing: "\(what) delegate \(key)")
        }
    }

    @discardableResult
    private func send(_ patch: JSON, to instance: PodInstance, subresource: String?) async throws -> JSON {
        try await client.patch(
            .pods,
            namespace: instance.instanceKey.namespace,
            name: instance.instanceKey.name,
            subresource: subresource,
            type: .json,
            body: patch
        )
    }
}
