import KubeModel

/// What an API server did not keep of an object that it took: it drops fields that its release does not know, or that a
/// feature gate hides, without a word. Pure.
enum FieldLoss {
    /// A field that was sent and is not in the answer.
    struct Loss: Equatable {
        /// As "initContainers[proxy].restartPolicy".
        let path: String
        /// What was sent.
        let value: JSON
    }

    /// The paths of what was sent and is not in the answer. What is there in another form is not lost: admission may
    /// rewrite.
    static func paths(sent: JSON, answered: JSON) -> [String] {
        losses(sent: sent, answered: answered).map(\.path)
    }

    /// The paths of what is lost of a spec that its pod must not run without.
    static func vitalPaths(sent: JSON, answered: JSON) -> [String] {
        losses(sent: sent, answered: answered)
            .filter { isVital($0) || isOtherRestartPolicy($0, than: sent["restartPolicy"]) }
            .map(\.path)
    }

    /// Whether a container is to be started again otherwise than its pod is: without it what has finished would run again
    /// (KEP-5307).
    private static func isOtherRestartPolicy(_ loss: Loss, than pods: JSON?) -> Bool {
        loss.path.hasPrefix("containers[") && loss.path.hasSuffix("].restartPolicy") && loss.value != pods ?? "Always"
    }

    /// Whether a pod must not run without the field: it would be less isolated, have no limits, never start, or write its
    /// data where they are lost (a volume without a source is an emptyDir, kubernetes pkg/apis/core/v1 `SetDefaults_Volume`).
    static func isVital(_ loss: Loss) -> Bool {
        switch loss.path {
        case "hostUsers": return loss.value == false
        case "resources": return true
        case "securityContext.supplementalGroupsPolicy": return loss.value == "Strict"
        default: break
        }
        if loss.path.hasSuffix("].recursiveReadOnly") { return loss.value == "Enabled" }
        let parts = loss.path.split(separator: ".")
        guard parts.count == 2 else { return false }
        return parts[0] == "resources" || parts[0].hasPrefix("volumes[")
            || parts[0].hasPrefix("initContainers[") && parts[1] == "restartPolicy"
    }

    /// Whether a release may drop a vital field of a delegate, so that it has to be asked before.
    ///
    /// - Parameter version: by the remote's own word ("v1.20.2").
    static func isPossible(of spec: JSON, in version: String) -> Bool {
        func isBefore(_ minor: Int) -> Bool { !RemoteFeatures.release(version, isAtLeast: minor) }
        // Since when the feature gates are on by default: UserNamespacesSupport, PodLevelResources, SidecarContainers,
        // SupplementalGroupsPolicy, RecursiveReadOnlyMounts.
        if spec["hostUsers"]?.bool == false, isBefore(33) { return true }
        if spec["resources"]?.object?.isEmpty == false, isBefore(34) { return true }
        if (spec["initContainers"]?.array ?? []).contains(where: { $0["restartPolicy"] != nil }), isBefore(29) {
            return true
        }
        // Later ones that do not take it for such a container say so.
        if (spec["containers"]?.array ?? []).contains(where: { $0["restartPolicy"] != nil }), isBefore(28) {
            return true
        }
        if spec.at("securityContext", "supplementalGroupsPolicy") == "Strict", isBefore(33) { return true }
        if isBefore(31), containers(of: spec).contains(where: mountsReadOnly) { return true }
        return (spec["volumes"]?.array ?? []).contains { volume in
            volume.object?.contains { !sourcesOfOldest.contains($0.key) } ?? false
        }
    }

    private static func containers(of spec: JSON) -> [JSON] {
        (spec["initContainers"]?.array ?? []) + (spec["containers"]?.array ?? [])
    }

    /// Whether something is to be mounted so that nothing below can be written either.
    private static func mountsReadOnly(_ container: JSON) -> Bool {
        (container["volumeMounts"]?.array ?? []).contains { $0["recursiveReadOnly"] == "Enabled" }
    }

    /// The members of a volume that every release has which martlet runs against. A later one is asked for at the price of
    /// one more call.
    private static let sourcesOfOldest: Set<String> = [
        "name", "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "configMap", "csi", "downwardAPI",
        "emptyDir", "fc", "flexVolume", "flocker", "gcePersistentDisk", "gitRepo", "glusterfs", "hostPath", "iscsi",
        "nfs",
        "persistentVolumeClaim", "photonPersistentDisk", "portworxVolume", "projected", "quobyte", "rbd", "scaleIO",
        "secret", "storageos", "vsphereVolume",
    ]

    private static func losses(sent: JSON, answered: JSON) -> [Loss] {
        var losses: [Loss] = []
        compare(sent, answered, at: "", into: &losses)
        return losses
    }

    private static func compare(_ sent: JSON, _ answered: JSON?, at path: String, into losses: inout [Loss]) {
        guard !isNothing(sent) else { return }
        guard let answered else { return losses.append(Loss(path: path, value: sent)) }
        if let members = sent.object, answered.object != nil {
            for (key, value) in members {
                compare(value, answered[key], at: path.isEmpty ? key : "\(path).\(key)", into: &losses)
            }
        } else if let elements = sent.array, let others = answered.array {
            compare(elements, others, at: path, into: &losses)
        }
    }

    /// Elements of a list are known again by what is unique to each, or by their order where nothing came or went.
    private static func compare(_ sent: [JSON], _ answered: [JSON], at path: String, into losses: inout [Loss]) {
        if let key = identity(of: sent) {
            let known = index(answered, by: key)
            for element in sent {
                guard let value = element[key] else { continue }
                let name = value.string ?? value.text
                compare(element, known[value.text], at: "\(path)[\(name)]", into: &losses)
            }
        } else if sent.count == answered.count {
            for (index, element) in sent.enumerated() {
                compare(element, answered[index], at: "\(path)[\(index)]", into: &losses)
            }
        }
    }

    /// Elements by what is unique to each, as JSON text. Lists may have many thousands of elements.
    static func index(_ elements: [JSON], by key: String) -> [String: JSON] {
        Dictionary(elements.compactMap { element in element[key].map { ($0.text, element) } }) { first, _ in first }
    }

    static func identity(of elements: [JSON]) -> String? {
        ["mountPath", "devicePath", "containerPort", "name"].first { key in
            let values = elements.compactMap { $0[key]?.text }
            return values.count == elements.count && Set(values).count == values.count
        }
    }

    /// Servers leave out what is empty.
    private static func isNothing(_ value: JSON) -> Bool {
        value.isNull || value.string?.isEmpty == true || value.array?.isEmpty == true || value.object?.isEmpty == true
    }
}
