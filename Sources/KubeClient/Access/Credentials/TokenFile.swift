import Synchronization

/// A bearer token in a file that something else keeps fresh: read again about every minute, and when the server has
/// refused the token (client-go transport, `NewCachedFileTokenSource`).
final class TokenFile: Sendable {
    private struct Cached {
        let token: Secret<String>
        var readAt: Duration
        var isRefused = false
    }

    private static let maximumAge: Duration = .seconds(60)
    private static let sizeLimit = 1 << 20

    private let path: String
    private let field: String
    private let place: EntryPlace
    private let fallback: Secret<String>?
    private let files: any FileReading
    private let elapsed: @Sendable () -> Duration
    private let cached = Mutex<Cached?>(nil)

    /// - Parameters:
    ///   - field: The field of the entry that names the file, for errors.
    ///   - fallback: Used as long as the file could never be read.
    init(path: String, field: String, place: EntryPlace, fallback: Secret<String>? = nil, host: AccessHost) {
        self.path = path
        self.field = field
        self.place = place
        self.fallback = fallback
        files = host.files
        elapsed = Stopwatch.start(host.clock)
    }

    /// The token; the last one that was read if the file cannot be read now.
    func token() throws(KubeConfigError) -> Secret<String> {
        let last = cached.withLock { $0 }
        let now = elapsed()
        if let last, !last.isRefused, now - last.readAt < Self.maximumAge { return last.token }
        do {
            let token = try read()
            cached.withLock { $0 = Cached(token: token, readAt: now) }
            return token
        } catch {
            guard let token = last?.token ?? fallback else { throw error }
            return token
        }
    }

    /// The next call reads the file again.
    func invalidate() {
        cached.withLock { $0?.isRefused = true }
    }

    private func read() throws(KubeConfigError) -> Secret<String> {
        let bytes: [UInt8]
        do {
            bytes = try files.read(path, limit: Self.sizeLimit)
        } catch {
            throw place.error(.credentials, field, error.description)
        }
        let token = String(decoding: bytes, as: UTF8.self).trimmed
        guard !token.isEmpty else { throw place.error(.credentials, field, "the file \(path) is empty") }
        guard !token.hasControlCharacters else {
            throw place.error(.credentials, field, "the file \(path) must hold one token in one line")
        }
        return Secret(token)
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        let start = self[...].drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...last])
    }
}
