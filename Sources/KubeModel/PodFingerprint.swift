/// A short name for the state of everything in a pod that Kubernetes lets change in place and that its delegate follows:
/// labels, annotations, images, activeDeadlineSeconds, tolerations.
///
/// The fingerprint of the pod is compared with the one that was written on the delegate when it was last brought up to
/// date. What a remote's admission made of the delegate does not enter, so it can't start an endless exchange.
package enum PodFingerprint {
    /// The fingerprint of a pod of the origin: 16 hexadecimal digits.
    package static func of(_ pod: JSON) -> String {
        var hash = FNV1a()
        for field in ["labels", "annotations"] {
            hash.combine(sorted: pod.at("metadata", field)?.object)
        }
        hash.combine(pod.at("spec", "activeDeadlineSeconds"))
        hash.combine(pod.at("spec", "tolerations"))
        for field in ["initContainers", "containers", "ephemeralContainers"] {
            for container in pod.at("spec", field)?.array ?? [] {
                hash.combine(container["name"])
                hash.combine(container["image"])
            }
        }
        return hash.hexadecimal
    }
}

/// The FNV-1a hash (64 bits): stable over processes and releases, which Swift's own Hasher is not.
private struct FNV1a {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func combine(bytes: some Sequence<UInt8>) {
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
