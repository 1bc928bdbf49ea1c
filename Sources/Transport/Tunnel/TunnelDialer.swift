import CTransport
import FoundationEssentials

/// Makes tunnels from requests to other servers. One for a process: it remembers names and TLS settings.
package final class TunnelDialer: Sendable {
    private let resolver = NameResolver()
    private let contexts = TLSClientContexts()
    private let answerTime: Duration

    /// - Parameter answerTime: how long another server may take, once it was asked, until the head of its answer is there,
    ///   where the request itself tells no time.
    package init(answerTime: Duration = .seconds(30)) {
        self.answerTime = answerTime
    }

    /// Asks another server, and if it answers with one of `accepted`, passes that answer and all bytes after it on, both
    /// ways, until one end is through.
    ///
    /// - Parameters:
    ///   - exchange: whose client is to be connected; it must not have an answer yet.
    ///   - request: what the other server is asked; its headers are sent as they are, with `Host` added.
    ///   - accepted: the statuses of answers that make a tunnel: 101 for an upgrade.
    ///   - mayBeSilent: whether the other server answers only once there is something to say, as a kubelet does whose
    ///     container logs nothing. Then the answer may take as long as a tunnel may be silent; connecting may not.
    /// - Throws: ``TransportError`` when the other server gives no answer; `CancellationError`. After a cancellation, or
    ///   when the client went, nothing is left of either connection.
    package func tunnel(
        _ exchange: HTTPExchange,
        to request: HTTPRequest,
        over connection: ConnectionOptions,
        accepting accepted: Set<Int>,
        mayBeSilent: Bool = false
    ) async throws -> TunnelOutcome {
        let tunnel = try await prepared(
            request,
            over: connection,
            accepting: accepted,
            bodyLimit: 64 << 10,
            mayBeSilent: mayBeSilent
        )
        return try await exchange.tunnel(tunnel)
    }

    /// Asks another server for as long as an exchange's client waits.
    ///
    /// - Parameter limit: how much of the body is read, in bytes; a body of that length may have been longer. What comes
    ///   after an upgrade is taken for the body, to the end of the connection.
    /// - Throws: ``TransportError`` when the other server gives no answer; `CancellationError`.
    package func answer(
        for exchange: HTTPExchange,
        to request: HTTPRequest,
        over connection: ConnectionOptions,
        limit: Int
    ) async throws -> HTTPResponse {
        let question = try await prepared(
            request,
            over: connection,
            accepting: [],
            bodyLimit: limit,
            mayBeSilent: false
        )
        switch try await exchange.tunnel(question) {
        case .refused(let response): return response
        case .relayed: preconditionFailure("a tunnel was made of an answer that none was to be made of")
        }
    }

    private func prepared(
        _ request: HTTPRequest,
        over connection: ConnectionOptions,
        accepting accepted: Set<Int>,
        bodyLimit: Int,
        mayBeSilent: Bool
    ) async throws -> TunnelRequest {
        let place = try ServerPlace(url: request.url)
        let proxy = try connection.proxyURL.map { url throws(TransportError) in try ProxyPlace(url: url) }
        let next = proxy?.place ?? place
        let tls =
            place.isSecure
            ? (context: try contexts.context(for: connection.tls), name: connection.tls.serverName ?? place.host) : nil
        return TunnelRequest(
            addresses: try await resolver.addresses(of: next.host, port: next.port),
            tls: tls,
            proxyHead: proxy?.head(for: place),
            head: try Self.head(request, place),
            accepts: accepted,
            bodyLimit: bodyLimit,
            connectTime: request.connectTimeout,
            answerTime: mayBeSilent ? nil : request.timeout ?? answerTime
        )
    }

    private static func head(_ request: HTTPRequest, _ place: ServerPlace) throws(TransportError) -> [UInt8] {
        var text = "\(request.method) \(place.target) HTTP/1.1\r\nHost: \(place.authority)\r\n"
        let isPlain = { (text: String) in !text.utf8.contains { $0 < 32 && $0 != 9 } }
        for (name, value) in request.headers {
            guard isPlain(name), isPlain(value) else {
                throw TransportError(.invalidRequest, "a header holds a line break")
            }
            text += "\(name): \(value)\r\n"
        }
        return Array((text + "\r\n").utf8)
    }
}

/// Where a URL leads.
struct ServerPlace {
    let isSecure: Bool
    let host: String
    let port: UInt16
    /// For the `Host` header.
    let authority: String
    /// Path and query.
    let target: String
    let user: String?
    let password: String?
    let scheme: String

    /// - Throws: ``TransportError`` `.invalidURL`.
    init(url: String) throws(TransportError) {
        guard let handle = curl_url() else { throw TransportError(.system, "libcurl is out of memory") }
        defer { curl_url_cleanup(handle) }
        func part(_ part: CURLUPart, _ flags: Int32 = 0) -> String? {
            var text: UnsafeMutablePointer<CChar>?
            guard curl_url_get(handle, part, &text, UInt32(flags)) == CURLUE_OK, let text else { return nil }
            defer { curl_free(text) }
            return String(cString: text)
        }
        guard curl_url_set(handle, CURLUPART_URL, url, UInt32(CURLU_NON_SUPPORT_SCHEME)) == CURLUE_OK,
            let scheme = part(CURLUPART_SCHEME), let name = part(CURLUPART_HOST), let path = part(CURLUPART_PATH),
            let port = (part(CURLUPART_PORT) ?? (scheme == "https" ? "443" : "80")).flatMap(UInt16.init)
        else { throw TransportError(.invalidURL, "the URL cannot be read") }
        self.scheme = scheme
        isSecure = scheme == "https"
        host = name.hasPrefix("[") ? String(name.dropFirst().dropLast()) : name
        self.port = port
        authority = part(CURLUPART_PORT).map { "\(name):\($0)" } ?? name
        target = path + (part(CURLUPART_QUERY).map { "?\($0)" } ?? "")
        user = part(CURLUPART_USER, CURLU_URLDECODE)
        password = part(CURLUPART_PASSWORD, CURLU_URLDECODE)
    }
}

/// An HTTP proxy that is asked for a connection (RFC 9110, section 9.3.6).
struct ProxyPlace {
    let place: ServerPlace

    /// - Throws: ``TransportError`` `.invalidURL` for a kind of proxy that tunnels do not know.
    init(url: String) throws(TransportError) {
        place = try ServerPlace(url: url.contains("://") ? url : "http://\(url)")
        guard place.scheme == "http" else {
            throw TransportError(.invalidURL, "streams go through http:// proxies only, not \(place.scheme)://")
        }
    }

    func head(for server: ServerPlace) -> [UInt8] {
        let name = server.host.contains(":") ? "[\(server.host)]:\(server.port)" : "\(server.host):\(server.port)"
        var text = "CONNECT \(name) HTTP/1.1\r\nHost: \(name)\r\n"
        if let user = place.user {
            let credentials = Data("\(user):\(place.password ?? "")".utf8).base64EncodedString()
            text += "Proxy-Authorization: Basic \(credentials)\r\n"
        }
        return Array((text + "\r\n").utf8)
    }
}
