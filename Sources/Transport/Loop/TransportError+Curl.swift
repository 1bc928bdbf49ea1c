import CTransport

extension TransportError {
    /// For a transfer that libcurl gave up.
    init(_ code: CURLcode, explanation: String) {
        self.init(Code(code, explanation: explanation), explanation)
    }

    /// libcurl takes a connection that ends within a head for the end of an answer without a body.
    static let endedInHead = TransportError(.interrupted, "the connection ended within the head of the answer")
}

extension TransportError.Code {
    init(_ code: CURLcode, explanation: String) {
        self =
            switch code {
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_PROXY,
                CURLE_INTERFACE_FAILED, CURLE_NO_CONNECTION_AVAILABLE:
                .cannotConnect
            case CURLE_OPERATION_TIMEDOUT: .timedOut
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
                CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CLIENTCERT, CURLE_SSL_ENGINE_INITFAILED:
                .tls
            // In TLS 1.3 a server refuses a client certificate after the client's handshake is done: by an alert in
            // place of an answer.
            case CURLE_RECV_ERROR, CURLE_SEND_ERROR: explanation.contains("alert") ? .tls : .interrupted
            case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING: .interrupted
            case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: .badResponse
            // The same code for schemes other than ours and for answers without a status line.
            case CURLE_UNSUPPORTED_PROTOCOL: explanation.contains("HTTP/0.9") ? .badResponse : .invalidURL
            case CURLE_URL_MALFORMAT: .invalidURL
            default: .system
            }
    }
}
