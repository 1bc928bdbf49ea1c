package import KubeModel

/// A PersistentVolumeClaim of the origin, as far as martlet has to do with it.
package struct OriginClaim: KubeObject {
    package static let kind: String? = "PersistentVolumeClaim"

    package let metadata: ObjectMeta
    let spec: JSON
    /// What is stored there now, by its status.
    let capacity: Quantity?

    /// The scheduler's choice for a claim that waits for its first pod (kubernetes pkg/controller/volume/persistentvolume).
    static let selectedNodeAnnotation = "volume.kubernetes.io/selected-node"
    /// By which the origin asks a provisioner; the second name is that of releases up to 1.22.
    static let provisionerAnnotations = [
        "volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner",
    ]
    /// What a StorageClass of the origin names for claims that are to be made in remotes.
    static let provisioner = "martlet.dev/remote"

    package init(json: JSON) throws {
        metadata = ObjectMeta(json)
        spec = json["spec"] ?? [:]
        capacity = Self.quantity(json.at("status", "capacity", "storage"))
    }

    /// The virtual node whose cluster is asked to provide the claim; nil while none is, or another provisioner.
    var requestedNode: String? { isForUs ? metadata.annotations[Self.selectedNodeAnnotation] : nil }

    /// Whether it is martlet that the origin asks to provide the claim.
    var isForUs: Bool { Self.provisionerAnnotations.contains { metadata.annotations[$0] == Self.provisioner } }

    /// The PersistentVolume; nil while there is none.
    var volumeName: String? { spec["volumeName"]?.string.flatMap { $0.isEmpty ? nil : $0 } }

    var storageClass: String { spec["storageClassName"]?.string ?? "" }

    var isTerminating: Bool { metadata.deletionTimestamp != nil }

    /// What is asked for.
    var request: Quantity? { Self.quantity(spec.at("resources", "requests", "storage")) }

    /// An amount that can't be read counts as none: the API server that took it can read it.
    static func quantity(_ json: JSON?) -> Quantity? { json?.string.flatMap { try? Quantity($0) } }
}

/// A PersistentVolume that martlet made in the origin: it stands for a claim of a remote.
package struct OriginVolume: KubeObject {
    package static let kind: String? = "PersistentVolume"

    package let metadata: ObjectMeta
    let claim: ObjectKey
    let claimUID: UID
    /// The UID of the claim in the remote.
    let remoteUID: UID
    let node: String
    let phase: String
    let isRetained: Bool
    let capacity: Quantity?

    static let nodeLabel = DelegateIdentity.nodeLabel
    /// The claim's UID in the remote.
    static let remoteUIDAnnotation = "martlet.dev/remote-claim-uid"
    /// kubernetes pkg/controller/volume/persistentvolume, `AnnDynamicallyProvisioned`: who deletes it.
    static let provisionedByAnnotation = "pv.kubernetes.io/provisioned-by"

    package init(json: JSON) throws {
        metadata = ObjectMeta(json)
        let reference = json.at("spec", "claimRef")
        claim = ObjectKey(namespace: reference?["namespace"]?.string ?? "", name: reference?["name"]?.string ?? "")
        claimUID = reference?["uid"]?.string ?? ""
        remoteUID = metadata.annotations[Self.remoteUIDAnnotation] ?? ""
        node = metadata.labels[Self.nodeLabel] ?? ""
        phase = json.at("status", "phase")?.string ?? "Pending"
        isRetained = json.at("spec", "persistentVolumeReclaimPolicy")?.string != "Delete"
        capacity = OriginClaim.quantity(json.at("spec", "capacity", "storage"))
    }

    /// One name for one claim: a second try at making it finds the first.
    static func name(of claimUID: UID) -> String { "martlet-\(claimUID)" }

    /// Its claim is gone for good.
    var isReleased: Bool { phase == "Released" || phase == "Failed" }
}

/// What a StorageClass of the origin says of volumes.
package struct OriginClass: KubeObject {
    package static let kind: String? = "StorageClass"

    package let metadata: ObjectMeta
    let reclaimPolicy: String
    let allowsExpansion: Bool
    /// Whether claims are provided for at once, before a pod has a node.
    let bindsAtOnce: Bool

    package init(json: JSON) throws {
        metadata = ObjectMeta(json)
        reclaimPolicy = json["reclaimPolicy"]?.string ?? "Delete"
        allowsExpansion = json["allowVolumeExpansion"]?.bool ?? false
        bindsAtOnce = json["volumeBindingMode"]?.string != "WaitForFirstConsumer"
    }
}
