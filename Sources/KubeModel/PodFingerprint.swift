/// A short name for the state of everything in a pod that Kubernetes lets change in place and that its delegate follows.
///
/// The fingerprint of the pod is compared with the one that was written on the delegate when it was last brought up to
/// date. What a remote's admission made of the delegate does not enter, so it can't start an endless exchange. Each part
/// is compared by itself, so that a new label does not send the images again.
package struct PodFingerprint: Sendable, Hashable {
    /// Labels and annotations.
    package let metadata: String
    /// The images of all containers.
    package let images: String
    package let activeDeadline: String
    package let tolerations: String

    /// The fingerprint of a pod of the origin.
    package init(of pod: JSON) {
        metadata = FNV1a.hash { hash in
            for field in ["labels", "annotations"] { hash.combine(sorted: pod.at("metadata", field)?.object) }
        }
        images = FNV1a.hash { hash in
            for field in ["initContainers", "containers", "ephemeralContainers"] {
                for container in pod.at("spec", field)?.array ?? [] {
                    hash.combine(container["name"])
                    hash.combine(container["image"])
                }
            }
        }
        activeDeadline = FNV1a.hash { $0.combine(pod.at("spec", "activeDeadlineSeconds")) }
        tolerations = FNV1a.hash { $0.combine(pod.at("spec", "tolerations")) }
    }

    /// Reads what ``text`` wrote; anything else differs from every pod's in all parts.
    package init(text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let isOurs = parts.count == 4
        metadata = isOurs ? parts[0] : ""
        images = isOurs ? parts[1] : ""
        activeDeadline = isOurs ? parts[2] : ""
        tolerations = isOurs ? parts[3] : ""
    }

    /// The value of the annotation: four times 16 hexadecimal digits.
    package var text: String { [metadata, images, activeDeadline, tolerations].joined(separator: ".") }
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
