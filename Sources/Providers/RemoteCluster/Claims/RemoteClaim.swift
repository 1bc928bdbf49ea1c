import KubeModel

/// A claim of a remote that stands behind a claim of the origin: made by us, known by our marks.
struct RemoteClaim: KubeObject {
    static let kind: String? = "PersistentVolumeClaim"

    let metadata: ObjectMeta
    /// The UID of the claim in the origin.
    let claimUID: UID
    let isPending: Bool
    let request: Quantity?
    let capacity: Quantity?

    /// The UID of the claim in the origin.
    static let claimUIDLabel = "martlet.dev/claim-uid"
    /// The namespace and name of the claim in the origin.
    static let claimAnnotation = "martlet.dev/claim"

    init(json: JSON) throws {
        let full = ObjectMeta(json)
        guard let uid = full.labels[Self.claimUIDLabel] else {
            throw ObjectError("claim \(full.key) carries no label \(Self.claimUIDLabel)")
        }
        metadata = full
        claimUID = uid
        isPending = json.at("status", "phase")?.string ?? "Pending" == "Pending"
        request = OriginClaim.quantity(json.at("spec", "resources", "requests", "storage"))
        capacity = OriginClaim.quantity(json.at("status", "capacity", "storage"))
    }

    var isTerminating: Bool { metadata.deletionTimestamp != nil }

    /// Where the claim is in the origin, by what we wrote on it.
    var claim: ObjectKey? { metadata.annotations[Self.claimAnnotation].flatMap { ObjectKey($0) } }

    /// Selects the claims of these virtual nodes.
    static func selector(_ owners: DelegateOwners) -> String { "\(owners.labelSelector),\(claimUIDLabel)" }

    /// The object to make for a claim of the origin.
    ///
    /// - Parameter storageClass: of the remote; nil for its default.
    static func object(
        for claim: OriginClaim,
        at place: ObjectKey,
        storageClass: String?,
        identity: DelegateIdentity
    ) -> JSON {
        let marks = [
            DelegateIdentity.originLabel: identity.originID, DelegateIdentity.nodeLabel: identity.nodeName,
            DelegateIdentity.ownerLabel: identity.owner, claimUIDLabel: claim.metadata.uid,
        ]
        var spec: JSON = [:]
        for field in ["accessModes", "resources", "volumeMode"] { spec[field] = claim.spec[field] }
        spec["storageClassName"] = storageClass.map(JSON.string)
        return [
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": [
                "name": .string(place.name),
                "namespace": .string(place.namespace),
                "labels": JSON(claim.metadata.labels.merging(marks) { _, ours in ours }),
                "annotations": [claimAnnotation: .string(claim.key.description)],
            ],
            "spec": spec,
        ]
    }
}

extension OriginVolume {
    /// The volume of the origin that stands for a claim of a remote: good on its virtual node only, so that pods that
    /// need the claim go there.
    ///
    /// Nothing ever mounts it. `local` is the one source that no attacher, no mounter and no in-tree deleter of the
    /// origin looks at, and that must have a node affinity.
    static func object(
        for claim: OriginClaim,
        remote: RemoteClaim,
        storageClass: OriginClass?,
        identity: DelegateIdentity
    ) -> JSON {
        var spec: JSON = [
            "capacity": ["storage": claim.spec.at("resources", "requests", "storage") ?? "0"],
            "accessModes": claim.spec["accessModes"] ?? [],
            "persistentVolumeReclaimPolicy": .string(storageClass?.reclaimPolicy ?? "Delete"),
            "storageClassName": .string(claim.storageClass),
            "claimRef": [
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": .string(claim.key.namespace),
                "name": .string(claim.key.name), "uid": .string(claim.metadata.uid),
            ],
            "local": ["path": .string("/martlet.dev/\(remote.key)")],
            "nodeAffinity": [
                "required": [
                    "nodeSelectorTerms": [
                        [
                            "matchExpressions": [
                                [
                                    "key": "kubernetes.io/hostname", "operator": "In",
                                    "values": [.string(identity.nodeName)],
                                ]
                            ]
                        ]
                    ]
                ]
            ],
        ]
        spec["volumeMode"] = claim.spec["volumeMode"]
        return [
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": [
                "name": .string(name(of: claim.metadata.uid)),
                "labels": [nodeLabel: .string(identity.nodeName)],
                "annotations": [
                    provisionedByAnnotation: .string(OriginClaim.provisioner),
                    remoteUIDAnnotation: .string(remote.metadata.uid),
                ],
            ],
            "spec": spec,
        ]
    }
}
