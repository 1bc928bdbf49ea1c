import CTransport

extension EasyHandle {
    /// Tells libcurl all about a call.
    ///
    /// - Throws: `TransportError` `.invalidRequest`, `.invalidURL`, `.tls`, `.system`.
    func configure(for transfer: TransferRequest) throws(TransportError) {
        try configureProtocol()
        try configureTime(for: transfer)
        try configureTLS(transfer.tls)
        // An empty name also keeps libcurl from reading the environment's proxy variables.
        try set(CURLOPT_PROXY, transfer.proxyURL ?? "")
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try configureRequest(transfer.request, serverName: transfer.tls.serverName)
    }

    private func configureProtocol() throws(TransportError) {
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        // libcurl 7.88 over HTTP/2 reports aborted bodies as whole ones.
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_NOSIGNAL, 1)
        // Otherwise the end of a transfer that looks a name up waits for the look-up, and the whole loop with it.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_TCP_KEEPIDLE, 30)
        try set(CURLOPT_TCP_KEEPINTVL, 10)
        // Seconds that an idle connection may be reused, below the 2 minutes that servers and proxies keep one for.
        try set(CURLOPT_MAXAGE_CONN, 90)
    }

    private func configureTime(for transfer: TransferRequest) throws(TransportError) {
        switch transfer.kind {
        case .unary:
            try set(CURLOPT_TIMEOUT_MS, transfer.request.timeout?.wholeMilliseconds ?? 0)
            // Lists are megabytes.
            try set(CURLOPT_BUFFERSIZE, 64 << 10)
        case .stream:
            // Hundreds of watches hold one each: an event's worth to read into.
            try set(CURLOPT_BUFFERSIZE, 4 << 10)
            try set(CURLOPT_UPLOAD_BUFFERSIZE, EasyHandle.uploadBufferSize)
        }
        try set(CURLOPT_CONNECTTIMEOUT_MS, transfer.request.connectTimeout.wholeMilliseconds)
    }

    private func configureTLS(_ tls: TLSOptions) throws(TransportError) {
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try set(CURLOPT_SSL_VERIFYPEER, tls.skipVerify ? 0 : 1)
        try set(CURLOPT_SSL_VERIFYHOST, tls.skipVerify ? 0 : 2)
        // A session is kept by the handle that it was made for, which makes no second one.
        try set(CURLOPT_SSL_SESSIONID_CACHE, 0)
        if let authorities = tls.caPEM {
            try set(CURLOPT_CAINFO_BLOB, blob: authorities)
            // The blob takes the place of the system's bundle, but not of its directory.
            try set(CURLOPT_CAPATH, nil as String?)
        }
        guard let certificate = tls.certificatePEM else { return }
        guard let key = tls.keyPEM else { throw TransportError(.tls, "a client certificate without a private key") }
        try set(CURLOPT_SSLCERT_BLOB, blob: certificate)
        try set(CURLOPT_SSLKEY_BLOB, blob: key)
        // Without a password OpenSSL would ask for that of an encrypted key on the terminal.
        try set(CURLOPT_KEYPASSWD, "")
    }

    private func configureRequest(_ request: HTTPRequest, serverName: String?) throws(TransportError) {
        var headers = try RequestHeaders.lines(of: request)
        if let serverName {
            let route = try ServerNameRoute(url: request.url, serverName: serverName)
            try set(CURLOPT_URL, route.url)
            try set(CURLOPT_CONNECT_TO, list: [route.connectTo])
            if !RequestHeaders.contains("Host", in: request) { headers.append("Host: \(route.host)") }
        } else {
            try set(CURLOPT_URL, request.url)
        }
        try set(CURLOPT_HTTPHEADER, list: headers)
        if let body = request.body ?? (RequestHeaders.expectsBody(request.method) ? [] : nil) { try setBody(body) }
        if request.method == "HEAD" { try set(CURLOPT_NOBODY, 1) }
        try set(CURLOPT_CUSTOMREQUEST, request.method)
    }
}

extension Duration {
    /// Rounded up, at least 1 and at most what fits into 31 bits, as libcurl wants its times.
    var wholeMilliseconds: Int {
        let limited = min(max(self, .milliseconds(1)), .seconds(1_000_000))
        let (seconds, attoseconds) = limited.components
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
