/// The address of an API server as kubeconfigs give it (client-go rest, `DefaultServerURL`).
struct ServerURL: Sendable, Hashable {
    /// Without a slash at the end.
    let text: String
    let isTLS: Bool

    /// Why a text is not the address of an API server; does not repeat it, since it may hold a password.
    struct Problem: Error, Hashable {
        let message: String
    }

    /// - Parameter defaultsToTLS: Whether an address without a scheme means `https`.
    init(_ address: String, defaultsToTLS: Bool) throws(Problem) {
        let (scheme, rest) = Self.split(address, defaultScheme: defaultsToTLS ? "https" : "http")
        guard scheme == "https" || scheme == "http" else { throw Problem(message: "must begin with https://") }
        guard !rest.contains(where: { "?#".contains($0) }) else {
            throw Problem(message: "must not have a query or a fragment")
        }
        let authority = rest.prefix { $0 != "/" }
        guard !authority.contains("@") else { throw Problem(message: "must not hold a user name or a password") }
        guard Self.isHostAndPort(authority), !rest.contains(where: { $0.isWhitespace }),
            !String(rest).hasControlCharacters
        else { throw Problem(message: "must be a URL such as https://192.0.2.1:6443") }
        var path = rest.dropFirst(authority.count)
        while path.hasSuffix("/") { path.removeLast() }
        guard path.isEmpty || address.contains("://") else {
            throw Problem(message: "must be a URL, or a host and a port without a path")
        }
        text = "\(scheme)://\(authority)\(path)"
        isTLS = scheme == "https"
    }

    private static func split(_ address: String, defaultScheme: String) -> (scheme: String, rest: Substring) {
        guard let colon = address.firstIndex(of: ":"), address[colon...].hasPrefix("://") else {
            return (defaultScheme, address[...])
        }
        return (address[..<colon].lowercased(), address[colon...].dropFirst(3))
    }

    /// `host`, `host:port`, `[::1]` or `[::1]:port`.
    private static func isHostAndPort(_ authority: Substring) -> Bool {
        var rest = authority
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]"), rest.index(after: rest.startIndex) < end else { return false }
            rest = rest[rest.index(after: end)...]
        } else {
            let host = rest.prefix { $0 != ":" }
            guard !host.isEmpty else { return false }
            rest = rest.dropFirst(host.count)
        }
        guard rest.hasPrefix(":") else { return rest.isEmpty }
        return UInt16(rest.dropFirst()).map { $0 > 0 } ?? false
    }
}
