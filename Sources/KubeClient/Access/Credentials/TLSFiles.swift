import Synchronization
import Transport

/// The certificates and the key for a cluster, from files or given inline. Files are read again when they have changed,
/// so that rotated ones take over without a restart.
final class TLSFiles: Sendable {
    /// A source and the entry that names it.
    struct Item: Sendable {
        let source: PEMSource
        let place: EntryPlace
    }

    struct Items: Sendable {
        var certificateAuthority: Item?
        var certificate: Item?
        var key: Item?
    }

    private struct Loaded {
        let stamps: [FileStamp]
        let options: TLSOptions
    }

    /// Bundles of certificate authorities are the longest files of their kind.
    private static let sizeLimit = 4 << 20

    private let items: Items
    let serverName: String?
    private let skipsVerification: Bool
    private let files: any FileReading
    private let loaded = Mutex<Loaded?>(nil)

    init(_ items: Items, serverName: String? = nil, skipsVerification: Bool = false, files: any FileReading) {
        self.items = items
        self.serverName = serverName
        self.skipsVerification = skipsVerification
        self.files = files
    }

    /// What is in the files now. When they cannot be read, what was last in them: they may be in the midst of being
    /// replaced, and if they are gone for good the server will say what it thinks of old certificates.
    ///
    /// - Throws: Only if they could never be read.
    func options() throws(KubeConfigError) -> TLSOptions {
        let last = loaded.withLock { $0 }
        do {
            // Taken before reading: a change in between is seen by the next call.
            let stamps = try stamps()
            if let last, last.stamps == stamps { return last.options }
            let options = try read()
            loaded.withLock { $0 = Loaded(stamps: stamps, options: options) }
            return options
        } catch {
            guard let last else { throw error }
            return last.options
        }
    }

    private func read() throws(KubeConfigError) -> TLSOptions {
        TLSOptions(
            caPEM: try bytes(items.certificateAuthority),
            certificatePEM: try bytes(items.certificate),
            keyPEM: try bytes(items.key),
            serverName: serverName,
            skipVerify: skipsVerification
        )
    }

    private func bytes(_ item: Item?) throws(KubeConfigError) -> [UInt8]? {
        guard let item else { return nil }
        let bytes: [UInt8]
        switch item.source {
        case .inline(let secret, _): bytes = secret.value
        case .file(let path, let field):
            do {
                bytes = try files.read(path, limit: Self.sizeLimit)
            } catch {
                throw item.place.error(.unreadable, field, error.description)
            }
        }
        guard String(decoding: bytes, as: UTF8.self).contains("-----BEGIN ") else {
            throw item.place.error(.invalid, item.source.field, "is not in PEM form (-----BEGIN …)")
        }
        return bytes
    }

    private func stamps() throws(KubeConfigError) -> [FileStamp] {
        var stamps: [FileStamp] = []
        for item in [items.certificateAuthority, items.certificate, items.key] {
            guard let item, case .file(let path, let field) = item.source else { continue }
            do {
                stamps.append(try files.stamp(of: path))
            } catch {
                throw item.place.error(.unreadable, field, error.description)
            }
        }
        return stamps
    }
}
