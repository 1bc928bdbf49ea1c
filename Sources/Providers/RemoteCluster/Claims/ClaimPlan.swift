import KubeModel

/// The next step for one claim of the origin in one cluster.
enum ClaimStep: Equatable {
    /// Nothing to do until something changes.
    case rest
    /// Make the claim in the remote.
    case createRemote
    /// Say in the origin that the claim has its volume.
    case createVolume
    /// Ask the remote for more room.
    case expandRemote(Quantity)
    /// Say in the origin that there is more room now.
    case recordCapacity(Quantity)
    /// The claim is gone for good: delete the remote's.
    case deleteRemote
    /// Read past the cache that the remote's is gone, then take the volume away.
    case deleteVolume
    /// Read past the cache that the claim is gone, then delete the remote's, which never held anything.
    case deleteUnused
}

/// Decides the next step for a claim from what its two clusters say of it now. Pure.
enum ClaimPlan {
    /// - Parameters:
    ///   - claim: the claim of the origin, by UID; nil when it is gone.
    ///   - volume: the one that martlet made for it.
    ///   - remote: the claim behind it, found by the same UID.
    ///   - allowsExpansion: whether the origin's StorageClass does.
    ///   - node: the virtual node of the cluster.
    static func step(
        claim: OriginClaim?,
        volume: OriginVolume?,
        remote: RemoteClaim?,
        allowsExpansion: Bool,
        node: String
    ) -> ClaimStep {
        if let volume {
            guard volume.node == node else { return .rest }
            if volume.isReleased { return stepForReleased(volume, remote) }
            guard let claim, let remote, allowsExpansion, !claim.isTerminating else { return .rest }
            return stepForSize(claim, volume, remote)
        }
        guard let claim else {
            guard let remote, remote.isPending, !remote.isTerminating else { return .rest }
            return .deleteUnused
        }
        guard claim.requestedNode == node, claim.volumeName == nil, !claim.isTerminating else { return .rest }
        guard let remote else { return .createRemote }
        return remote.isTerminating ? .rest : .createVolume
    }

    private static func stepForReleased(_ volume: OriginVolume, _ remote: RemoteClaim?) -> ClaimStep {
        guard !volume.isRetained, volume.metadata.deletionTimestamp == nil else { return .rest }
        guard let remote, remote.metadata.uid == volume.remoteUID else { return .deleteVolume }
        return remote.isTerminating ? .rest : .deleteRemote
    }

    private static func stepForSize(_ claim: OriginClaim, _ volume: OriginVolume, _ remote: RemoteClaim) -> ClaimStep {
        guard let wanted = claim.request, let asked = remote.request else { return .rest }
        if asked < wanted { return .expandRemote(wanted) }
        guard let present = remote.capacity, present >= wanted else { return .rest }
        let isTold = (volume.capacity ?? wanted) >= wanted && (claim.capacity ?? wanted) >= wanted
        return isTold ? .rest : .recordCapacity(wanted)
    }
}
