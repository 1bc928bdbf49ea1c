import CTransport

/// How to reach a host while TLS is told another name for it, which libcurl has no option for: the URL gets the other
/// name, the connection is directed to the host, and the `Host` header says the host again. That is what client-go makes
/// of `tls-server-name`.
struct ServerNameRoute: Equatable {
    /// For CURLOPT_URL.
    let url: String
    /// For CURLOPT_CONNECT_TO.
    let connectTo: String
    /// For the `Host` header.
    let host: String

    /// - Throws: `TransportError` `.invalidURL`.
    init(url: String, serverName: String) throws(TransportError) {
        guard let handle = curl_url() else { throw TransportError(.system, "libcurl is out of memory") }
        defer { curl_url_cleanup(handle) }
        guard curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK,
            let host = Self.part(CURLUPART_HOST, of: handle),
            let port = Self.part(CURLUPART_PORT, of: handle, flags: UInt32(CURLU_DEFAULT_PORT))
        else { throw TransportError(.invalidURL, "the URL cannot be read") }
        self.host = Self.part(CURLUPART_PORT, of: handle).map { "\(host):\($0)" } ?? host
        connectTo = "::\(host):\(port)"
        guard curl_url_set(handle, CURLUPART_HOST, serverName, 0) == CURLUE_OK,
            let rewritten = Self.part(CURLUPART_URL, of: handle)
        else { throw TransportError(.invalidURL, "\"\(serverName)\" is no server name") }
        self.url = rewritten
    }

    private static func part(_ part: CURLUPart, of handle: OpaquePointer, flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
