/// What a pod's spec refers to by name in its own namespace. Pure.
package struct PodReference: Sendable, Hashable {
    /// The kinds that a pod spec can name.
    package enum Kind: String, Sendable, Hashable {
        case configMap = "ConfigMap"
        case secret = "Secret"
    }

    package let kind: Kind
    package let name: String
    /// Whether the pod may start without it.
    package let isOptional: Bool

    package init(_ kind: Kind, _ name: String, isOptional: Bool) {
        self.kind = kind
        self.name = name
        self.isOptional = isOptional
    }

    /// Every ConfigMap and Secret that a spec names, once each and in the order of first mention; mandatory when any
    /// mention is. Image pull secrets are optional: a kubelet does without one that is missing.
    package static func all(in spec: JSON) -> [PodReference] {
        var found = References()
        for field in ["initContainers", "containers", "ephemeralContainers"] {
            for container in spec[field]?.array ?? [] { found.collect(environmentOf: container) }
        }
        for volume in spec["volumes"]?.array ?? [] { found.collect(volume: volume) }
        for secret in spec["imagePullSecrets"]?.array ?? [] { found.collect(pullSecret: secret) }
        return found.inOrder
    }

    /// The volume types whose driver is given a Secret of the pod's namespace, and the field that names it
    /// (core/v1 VolumeSource). None can be optional.
    package static let secretFields: KeyValuePairs = [
        "cephfs": "secretRef", "cinder": "secretRef", "csi": "nodePublishSecretRef", "flexVolume": "secretRef",
        "iscsi": "secretRef", "rbd": "secretRef", "scaleIO": "secretRef", "storageos": "secretRef",
    ]
}

/// Collects references; a mandatory mention wins over an optional one.
private struct References {
    private struct Name: Hashable {
        let kind: PodReference.Kind
        let name: String
    }

    private var order: [Name] = []
    private var optional: [Name: Bool] = [:]

    var inOrder: [PodReference] {
        order.map { PodReference($0.kind, $0.name, isOptional: optional[$0] ?? false) }
    }

    mutating func collect(environmentOf container: JSON) {
        for variable in container["env"]?.array ?? [] {
            add(.configMap, variable.at("valueFrom", "configMapKeyRef"))
            add(.secret, variable.at("valueFrom", "secretKeyRef"))
        }
        for source in container["envFrom"]?.array ?? [] {
            add(.configMap, source["configMapRef"])
            add(.secret, source["secretRef"])
        }
    }

    mutating func collect(volume: JSON) {
        add(.configMap, volume["configMap"])
        add(.secret, volume["secret"], nameField: "secretName")
        for source in volume.at("projected", "sources")?.array ?? [] {
            add(.configMap, source["configMap"])
            add(.secret, source["secret"])
        }
        add(.secret, volume["azureFile"], nameField: "secretName")
        for (type, field) in PodReference.secretFields { add(.secret, volume.at(type, field)) }
    }

    mutating func collect(pullSecret: JSON) {
        add(.secret, ["name": pullSecret["name"] ?? "", "optional": true])
    }

    private mutating func add(_ kind: PodReference.Kind, _ source: JSON?, nameField: String = "name") {
        guard let source, let name = source[nameField]?.string, !name.isEmpty else { return }
        let key = Name(kind: kind, name: name)
        let isOptional = source["optional"]?.bool ?? false
        if let known = optional[key] {
            optional[key] = known && isOptional
        } else {
            order.append(key)
            optional[key] = isOptional
        }
    }
}
