import CTransport

/// Lets the connections that libcurl makes with equal ``TLSOptions`` share what takes most of their memory. Of the loop's
/// thread.
///
/// What is believed and who may use which connection stays libcurl's business, and as it was: it gets all options of each
/// transfer and compares them before it lets two use one connection; for each connection it reads certificate and key
/// before it gives the context out, refuses what it can't read, and puts the authorities into the context's store only
/// afterwards, be that shared or not (lib/vtls/openssl.c of 7.88). OpenSSL keeps one of each. So what the operating system
/// newly believes counts with the next connection; what it no longer believes, with the first one after ``patience``.
final class ContextSharing {
    /// How long new connections go on with what others were told of the operating system's authorities.
    private static let patience = Duration.seconds(3600)

    private struct Entry {
        weak var parts: SharedContextParts?
        let made: ContinuousClock.Instant

        /// Authorities that stand in the options are the same for ever.
        func isGood(for options: TLSOptions) -> Bool {
            options.caPEM != nil || .now - made < ContextSharing.patience
        }
    }

    private var entries: [TLSOptions: Entry] = [:]

    /// Makes a context that libcurl has set up for `options` share its parts with the others of these options.
    ///
    /// - Throws: `TransportError` `.tls` for want of memory; the context must not be used then.
    func adopt(_ context: OpaquePointer, for options: TLSOptions) throws(TransportError) {
        if let entry = entries[options], entry.isGood(for: options), let parts = entry.parts {
            try parts.replaceParts(of: context)
        } else {
            let parts = try SharedContextParts(of: context)
            entries = entries.filter { $0.value.parts != nil }
            entries[options] = Entry(parts: parts, made: .now)
        }
    }
}
