internal import KubeClient
internal import Transport

/// Where a node's certificate is kept from one start to the next, with its key: one file that only its owner may read, as
/// a kubelet has it in its `--cert-dir`.
struct KeptIdentity: Sendable {
    let directory: String
    let node: String

    private static let limit = 1 << 20

    private var path: String { "\(directory)/\(node).pem" }

    /// - Returns: nil if none was kept.
    /// - Throws: `FileError` for a file that can't be read.
    func read() throws -> ServingIdentity? {
        do throws(FileError) {
            // Who reads PEM takes what he looks for, a certificate or a key, and leaves the rest.
            let pem = try LocalFiles().read(path, limit: Self.limit)
            return ServingIdentity(certificatePEM: pem, keyPEM: pem)
        } catch  where error.code == .notFound {
            return nil
        }
    }

    func write(_ identity: ServingIdentity) throws(FileError) {
        try LocalFiles().replace(path, with: identity.certificatePEM + identity.keyPEM)
    }
}
