import KubeClient
import KubeModel

/// The claims that a pod's volumes are, and whether its cluster has them. Pure but for the caches it looks into.
struct PodClaims {
    /// The origin's claims by volume.
    private let names: [String]

    init(spec: JSON, podName: String) {
        names = (spec["volumes"]?.array ?? []).compactMap { Self.claimName(of: $0, podName: podName) }
    }

    /// The name of the claim that a volume is; that of a generic ephemeral volume is made of the pod's and its own
    /// (kubernetes pkg/controller/volume/ephemeral).
    private static func claimName(of volume: JSON, podName: String) -> String? {
        if let name = volume.at("persistentVolumeClaim", "claimName")?.string { return name }
        return volume["ephemeral"] == nil ? nil : "\(podName)-\(volume["name"]?.string ?? "")"
    }

    /// Makes generic ephemeral volumes of a spec name the claim that stands behind the origin's: the remote's own
    /// controller would refuse one that it did not make for the delegate.
    static func rewrite(_ spec: inout JSON, podName: String) {
        guard let volumes = spec["volumes"]?.array, volumes.contains(where: { $0["ephemeral"] != nil }) else { return }
        let rewritten = volumes.map { volume -> JSON in
            guard volume["ephemeral"] != nil, let name = claimName(of: volume, podName: podName) else { return volume }
            var result = volume
            result["ephemeral"] = nil
            result["persistentVolumeClaim"] = ["claimName": .string(name)]
            return result
        }
        spec["volumes"] = .array(rewritten)
    }

    /// Returns if every claim is provided by the cluster of this virtual node.
    ///
    /// - Throws: ``ProviderError`` that names the claim.
    func expect(in namespace: String, of origin: OriginVolumes, node: String) throws(ProviderError) {
        guard !names.isEmpty else { return }
        guard origin.isSynced else {
            throw ProviderError(
                .unavailable,
                reason: "ClaimsNotReady",
                message: "The claims of the origin have not been listed yet."
            )
        }
        for name in names {
            let key = ObjectKey(namespace: namespace, name: name)
            guard let problem = Self.problem(origin.claims.get(key), origin, node) else { continue }
            // The scheduler binds claims before their pod: one that is not is a moment behind, as a rule.
            let isPassing = problem.reason == "ClaimNotBound"
            throw ProviderError(
                isPassing ? .unavailable : .missing(kind: "PersistentVolumeClaim", key: key),
                reason: problem.reason,
                message: "PersistentVolumeClaim \"\(key)\" \(problem.message)"
            )
        }
    }

    /// The same for who wonders: each of them, and what is wrong with it.
    func needs(in namespace: String, of origin: OriginVolumes, node: String) -> [PodNeed] {
        guard origin.isSynced else { return [] }
        return names.map { name in
            let key = ObjectKey(namespace: namespace, name: name)
            let problem = Self.problem(origin.claims.get(key), origin, node)
            let state = problem.map { PodNeed.State.lacking(reason: $0.reason, message: $0.message) } ?? .ready
            return PodNeed(kind: "PersistentVolumeClaim", name: name, isOptional: false, state: state)
        }
    }

    private static func problem(
        _ claim: OriginClaim?,
        _ origin: OriginVolumes,
        _ node: String
    ) -> (reason: String, message: String)? {
        guard let claim else { return ("ClaimNotFound", "not found; the pod starts when it exists.") }
        guard let volume = claim.volumeName else { return ("ClaimNotBound", "is not bound yet.") }
        if let ours = origin.volumes.get(ObjectKey(namespace: "", name: volume)), ours.node == node { return nil }
        return (
            "ClaimNotInCluster",
            "is bound to PersistentVolume \"\(volume)\", which is not of cluster \(node). Claims for pods there need a "
                + "StorageClass with provisioner \(OriginClaim.provisioner) and volumeBindingMode WaitForFirstConsumer."
        )
    }
}
