/// A claim that runs out unless it is renewed (`coordination.k8s.io/v1`): a node's heartbeat, or leadership.
package struct Lease: KubeObject {
    package static let kind: String? = "Lease"

    package let metadata: ObjectMeta
    /// Who holds it; empty if it was given up.
    package let holderIdentity: String
    package let leaseDurationSeconds: Int64?
    /// Seconds since 1970 by the clock of the holder; compare with care.
    package let acquireTime: Double?
    /// Seconds since 1970 by the clock of the holder; compare with care.
    package let renewTime: Double?
    /// How often the holder changed.
    package let leaseTransitions: Int64

    /// Throws `ObjectError` if there is no name.
    package init(json: JSON) throws {
        metadata = try RawObject(json: json).metadata
        let spec = json["spec"]
        holderIdentity = spec?["holderIdentity"]?.string ?? ""
        leaseDurationSeconds = spec?["leaseDurationSeconds"]?.int
        acquireTime = (spec?["acquireTime"]?.string).flatMap(Timestamp.parse)
        renewTime = (spec?["renewTime"]?.string).flatMap(Timestamp.parse)
        leaseTransitions = spec?["leaseTransitions"]?.int ?? 0
    }
}
