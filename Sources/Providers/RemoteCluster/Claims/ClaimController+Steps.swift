import KubeClient
import KubeModel
import Observability

extension ClaimController {
    func take(_ step: ClaimStep, _ view: View, _ storageClass: OriginClass?) async throws {
        switch (step, view.claim, view.volume, view.remote) {
        case (.createRemote, let claim?, _, _): try await createRemote(for: claim)
        case (.createVolume, let claim?, _, let remote?): try await createVolume(for: claim, remote, storageClass)
        case (.expandRemote(let size), _, _, let remote?): try await expand(remote, to: size)
        case (.recordCapacity(let size), let claim?, let volume?, _): try await record(size, of: claim, volume)
        case (.deleteRemote, _, _, let remote?): try await delete(remote)
        case (.deleteVolume, _, let volume?, _): try await delete(volume)
        case (.deleteUnused, _, _, let remote?): try await deleteUnused(remote)
        default: break
        }
    }

    // MARK: Making

    private func createRemote(for claim: OriginClaim) async throws {
        if let problem = Self.unsupported(claim) { throw problem }
        let key = place(claim.key)
        _ = try await namespaces.owner(in: key.namespace)
        let object = RemoteClaim.object(
            for: claim,
            at: key,
            storageClass: storageClasses[claim.storageClass],
            identity: identity
        )
        let mark = remoteClaims.mark()
        do {
            let answer = try await remote.create(.persistentVolumeClaims, namespace: key.namespace, object: object)
            logger.info("Made a claim", ["claim": key.description])
            try remoteClaims.upsert(RemoteClaim(json: answer), since: mark)
        } catch let error as APIError where error.code == .alreadyExists {
            try await adopt(claim, at: key)
        } catch let error as APIError where error.code == .notFound {
            namespaces.forget(key.namespace)
            throw ProviderError(error, doing: "creating claim \(key)")
        } catch let error as APIError where error.code == .forbidden || error.code == .invalid {
            try await giveBack(claim, at: key, because: error)
        } catch let error as APIError {
            throw ProviderError(error, doing: "creating claim \(key)")
        }
    }

    /// The cluster refuses the claim: the scheduler may choose another one, as after the same refusal of an external
    /// provisioner (kubernetes-sigs/sig-storage-lib-external-provisioner `rescheduleProvisioning`). Otherwise the claim would
    /// bind its pod to this cluster for ever.
    private func giveBack(_ claim: OriginClaim, at key: ObjectKey, because error: APIError) async throws {
        // The answer to an earlier creation may have been lost.
        if try await liveUID(of: key, in: remote) != nil { throw ProviderError(error, doing: "creating claim \(key)") }
        let patch: JSON = [
            "metadata": [
                "uid": .string(claim.metadata.uid), "resourceVersion": .string(claim.metadata.resourceVersion),
                "annotations": .object([OriginClaim.selectedNodeAnnotation: .null]),
            ]
        ]
        do {
            _ = try await origin.client.patch(
                .persistentVolumeClaims,
                namespace: claim.key.namespace,
                name: claim.key.name,
                type: .merge,
                body: patch
            )
        } catch let failure as APIError where failure.code == .forbidden {
            // By a role of an earlier release: then the refusal itself is all there is to tell.
            throw ProviderError(error, doing: "creating claim \(key)")
        }
        logger.info("A claim was refused; the scheduler may choose again", ["claim": claim.key.description])
        let message =
            "Cluster \(identity.nodeName) refuses the claim, so that the scheduler may choose another: " + error.message
        if noteRefusal(of: claim, message) { tell(claim, "ClaimRefused", message) }
    }

    /// A claim that starts with a copy of something in the origin can't be made elsewhere.
    private static func unsupported(_ claim: OriginClaim) -> ProviderError? {
        for field in ["dataSource", "dataSourceRef", "selector"] where claim.spec[field] != nil {
            return ProviderError(
                .rejected,
                reason: "ClaimNotSupported",
                message: "spec.\(field) refers to objects of this cluster, and the claim is made in another one."
            )
        }
        return nil
    }

    /// Something stands where the claim should: ours from a call whose answer was lost, that of an earlier claim of that
    /// name, or a stranger's, which is left alone.
    private func adopt(_ claim: OriginClaim, at key: ObjectKey) async throws {
        let mark = remoteClaims.mark()
        let object = try await remote.get(.persistentVolumeClaims, namespace: key.namespace, name: key.name)
        let metadata = ObjectMeta(object)
        guard identity.owns(metadata), metadata.labels[RemoteClaim.claimUIDLabel] != nil else {
            throw ProviderError(
                .conflict,
                reason: "ClaimNameTaken",
                message:
                    "Cluster \(identity.nodeName) has a claim \"\(key)\" that is not martlet's. Rename one of them."
            )
        }
        let found = try RemoteClaim(json: object)
        guard found.claimUID == claim.metadata.uid else {
            throw ProviderError(
                .conflict,
                reason: "EarlierClaimKept",
                message: "Cluster \(identity.nodeName) still has the claim \"\(key)\" of an earlier claim of that name."
            )
        }
        remoteClaims.upsert(found, since: mark)
    }

    private func createVolume(for claim: OriginClaim, _ remote: RemoteClaim, _ storageClass: OriginClass?) async throws
    {
        let object = OriginVolume.object(for: claim, remote: remote, storageClass: storageClass, identity: identity)
        let mark = origin.volumes.mark()
        do {
            let answer = try await origin.client.create(.persistentVolumes, object: object)
            try origin.volumes.upsert(OriginVolume(json: answer), since: mark)
        } catch let error as APIError where error.code == .alreadyExists {
            return  // From a call whose answer was lost; the watch tells.
        }
    }

    // MARK: Size

    private func expand(_ claim: RemoteClaim, to size: Quantity) async throws {
        let patch: JSON = [
            "metadata": ["uid": .string(claim.metadata.uid)],
            "spec": ["resources": ["requests": ["storage": .string(size.description)]]],
        ]
        let mark = remoteClaims.mark()
        do {
            let answer = try await remote.patch(
                .persistentVolumeClaims,
                namespace: claim.key.namespace,
                name: claim.key.name,
                type: .merge,
                body: patch
            )
            try remoteClaims.upsert(RemoteClaim(json: answer), since: mark)
        } catch let error as APIError where error.disposition == .never {
            throw ProviderError(
                .rejected,
                reason: "ClaimNotExpanded",
                message: "Cluster \(identity.nodeName) gives no more room: \(error.message)"
            )
        }
    }

    private func record(_ size: Quantity, of claim: OriginClaim, _ volume: OriginVolume) async throws {
        let capacity: JSON = ["capacity": ["storage": .string(size.description)]]
        _ = try await origin.client.patch(
            .persistentVolumes,
            name: volume.metadata.name,
            type: .merge,
            body: ["metadata": ["uid": .string(volume.metadata.uid)], "spec": capacity]
        )
        _ = try await origin.client.patch(
            .persistentVolumeClaims,
            namespace: claim.key.namespace,
            name: claim.key.name,
            subresource: "status",
            type: .merge,
            body: ["metadata": ["uid": .string(claim.metadata.uid)], "status": capacity]
        )
    }

    // MARK: Deleting

    private func delete(_ claim: RemoteClaim) async throws {
        logger.info("Deleting a claim", ["claim": claim.key.description])
        do {
            _ = try await remote.delete(
                .persistentVolumeClaims,
                namespace: claim.key.namespace,
                name: claim.key.name,
                options: DeleteOptions(uid: claim.metadata.uid)
            )
        } catch let error as APIError where error.code == .notFound || error.code == .conflict {
            return  // Gone, or another stands there by now.
        } catch let error as APIError {
            throw ProviderError(error, doing: "deleting claim \(claim.key)")
        }
    }

    /// The volume may go when the remote itself says that what it stood for is gone.
    private func delete(_ volume: OriginVolume) async throws {
        let key = place(volume.claim)
        if try await liveUID(of: key, in: remote) == volume.remoteUID {
            throw ProviderError(.occupied, reason: "ClaimEnding", message: "Claim \"\(key)\" still ends.")
        }
        do {
            _ = try await origin.client.delete(
                .persistentVolumes,
                name: volume.metadata.name,
                options: DeleteOptions(uid: volume.metadata.uid)
            )
        } catch let error as APIError where error.code == .notFound {
            return
        }
        logger.info("Deleted a volume", ["volume": volume.metadata.name])
    }

    /// Left by a crash between our two writes, or by a claim that was deleted between them.
    private func deleteUnused(_ claim: RemoteClaim) async throws {
        if let key = claim.claim, try await liveUID(of: key, in: origin.client) == claim.claimUID { return }
        try await delete(claim)
    }

    private func liveUID(of key: ObjectKey, in cluster: APIClient) async throws -> UID? {
        do {
            return ObjectMeta(
                try await cluster.get(.persistentVolumeClaims, namespace: key.namespace, name: key.name)
            ).uid
        } catch let error as APIError where error.code == .notFound {
            return nil
        } catch let error as APIError {
            throw ProviderError(error, doing: "reading claim \(key)")
        }
    }
}
