/// How a remote provides claims of the origin.
package struct ClaimSettings: Sendable {
    /// The origin's claims and volumes, which all clusters look at together.
    package var origin: OriginVolumes
    /// The remote's StorageClass for each of the origin's: `clusters[].storageClasses`. For others it is the remote's
    /// default one.
    package var storageClasses: [String: String]

    package init(origin: OriginVolumes, storageClasses: [String: String] = [:]) {
        self.origin = origin
        self.storageClasses = storageClasses
    }
}
