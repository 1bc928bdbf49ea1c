/// A short name for the state of everything in a pod that Kubernetes lets change in place and that its delegate follows.
///
/// The fingerprint of the pod is compared with the one that was written on the delegate when it was last brought up to
/// date. What a remote's admission made of the delegate does not enter, so it can't start an endless exchange. Each part
/// is compared by itself, so that a new label does not send the images again.
package struct PodFingerprint: Sendable, Hashable {
    /// Labels and annotations.
    package let metadata: String
    /// The images of containers and init containers.
    package let images: String
    package let activeDeadline: String
    package let tolerations: String
    /// The termination grace, which can be corrected where it was negative.
    package let grace: String
    /// The names of the ephemeral containers: they can be added and nothing else.
    package var ephemeralContainers: String
    /// The resources of containers and init containers, and of the pod as a whole where it has such.
    package var resources: String
    /// The image of each init container and container, in their order: containers don't come or go. For telling which
    /// of them changed.
    package let eachImage: String

    /// The fingerprint of a pod of the origin.
    package init(of pod: JSON) {
        let spec = pod["spec"] ?? [:]
        metadata = FNV1a.hash { hash in
            for field in ["labels", "annotations"] { hash.combine(sorted: pod.at("metadata", field)?.object) }
        }
        images = FNV1a.hash { Self.combine("image", in: spec, into: &$0) }
        activeDeadline = FNV1a.hash { $0.combine(spec["activeDeadlineSeconds"]) }
        tolerations = FNV1a.hash { $0.combine(spec["tolerations"]) }
        grace = FNV1a.hash { $0.combine(spec["terminationGracePeriodSeconds"]) }
        ephemeralContainers = FNV1a.hash { hash in
            for container in spec["ephemeralContainers"]?.array ?? [] { hash.combine(container["name"]) }
        }
        resources = FNV1a.hash { hash in
            Self.combine("resources", in: spec, into: &hash)
            if let whole = spec["resources"] { hash.combine(whole) }
        }
        eachImage = Self.containers(of: spec)
            .map { container in String(FNV1a.hash { $0.combine(container["image"]) }.prefix(8)) }
            .joined(separator: "-")
    }

    /// Reads what ``text`` wrote; anything else differs from every pod's in all parts. Parts that the writer did not know
    /// of are empty.
    package init(text: String) {
        var parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if ![4, 7, 8].contains(parts.count) { parts = [] }
        parts += Array(repeating: "", count: 8 - parts.count)
        metadata = parts[0]
        images = parts[1]
        activeDeadline = parts[2]
        tolerations = parts[3]
        grace = parts[4]
        ephemeralContainers = parts[5]
        resources = parts[6]
        eachImage = parts[7]
    }

    /// The value of the annotation: seven times 16 hexadecimal digits, and 8 for each image.
    package var text: String {
        [metadata, images, activeDeadline, tolerations, grace, ephemeralContainers, resources, eachImage]
            .joined(separator: ".")
    }

    /// Which images are others than in an earlier state of the same pod, by name of the container; all of them where
    /// that is not known.
    package func changedImages(of pod: JSON, since last: PodFingerprint) -> Set<String> {
        let names = Self.containers(of: pod["spec"] ?? [:]).map { $0["name"]?.string ?? "" }
        let now = eachImage.split(separator: "-")
        let before = last.eachImage.split(separator: "-")
        guard before.count == names.count, now.count == names.count, now != before else { return Set(names) }
        return Set(names.indices.filter { now[$0] != before[$0] }.map { names[$0] })
    }

    /// The fingerprint of what a creation can bring: everything but ephemeral containers.
    package var atCreation: PodFingerprint {
        var result = self
        result.ephemeralContainers = FNV1a.hash { _ in }
        return result
    }

    private static func combine(_ field: String, in spec: JSON, into hash: inout FNV1a) {
        for container in containers(of: spec) {
            hash.combine(container["name"])
            hash.combine(container[field])
        }
    }

    private static func containers(of spec: JSON) -> [JSON] {
        ["initContainers", "containers"].flatMap { spec[$0]?.array ?? [] }
    }
}

/// The FNV-1a hash (64 bits): stable over processes and releases, which Swift's own Hasher is not.
package struct FNV1a {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    /// The hash of what `body` combines: 16 hexadecimal digits.
    package static func hash(_ body: (inout FNV1a) -> Void) -> String {
        var hash = FNV1a()
        body(&hash)
        return hash.hexadecimal
    }

    /// Adds a run of bytes, told apart from the next one.
    package mutating func combine(bytes: some Sequence<UInt8>) {
        for byte in bytes {
            state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        state = (state ^ 0xff) &* 0x0000_0100_0000_01b3
    }

    mutating func combine(_ value: JSON?) {
        combine(bytes: value?.serialized() ?? [])
    }

    mutating func combine(sorted object: JSONObject?) {
        for (key, value) in (object ?? JSONObject()).sorted(by: { $0.key < $1.key }) {
            combine(bytes: key.utf8)
            combine(value)
        }
    }

    var hexadecimal: String {
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
