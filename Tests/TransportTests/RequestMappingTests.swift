import CTransport
import Testing

@testable import Transport

/// How requests and results are put into libcurl's terms.
@Suite struct RequestMappingTests {
    @Test(arguments: [
        (
            "https://10.0.0.1:6443/api?a=b%20c", "https://k8s.example:6443/api?a=b%20c", "::10.0.0.1:6443",
            "10.0.0.1:6443"
        ),
        ("https://host/api", "https://k8s.example/api", "::host:443", "host"),
        ("https://[2001:db8::1]:6443/", "https://k8s.example:6443/", "::[2001:db8::1]:6443", "[2001:db8::1]:6443"),
    ])
    func `A server's other name takes the place of the host in the URL only`(
        url: String,
        rewritten: String,
        connectTo: String,
        host: String
    ) throws {
        let route = try ServerNameRoute(url: url, serverName: "k8s.example")
        #expect(route.url == rewritten)
        #expect(route.connectTo == connectTo)
        #expect(route.host == host)
    }

    @Test(arguments: [("https://host", "no name"), ("https://host", ""), ("nothing", "a b"), ("https://", "name")])
    func `A route to nowhere is refused`(url: String, serverName: String) throws {
        let error = #expect(throws: TransportError.self) { try ServerNameRoute(url: url, serverName: serverName) }
        #expect(error?.code == .invalidURL)
    }

    @Test(arguments: [
        (CURLE_COULDNT_RESOLVE_HOST, "", TransportError.Code.cannotConnect),
        (CURLE_COULDNT_CONNECT, "", .cannotConnect),
        (CURLE_PROXY, "", .cannotConnect),
        (CURLE_OPERATION_TIMEDOUT, "", .timedOut),
        (CURLE_PEER_FAILED_VERIFICATION, "", .tls),
        (CURLE_SSL_CERTPROBLEM, "", .tls),
        (CURLE_RECV_ERROR, "SSL_read: tlsv13 alert certificate required", .tls),
        (CURLE_RECV_ERROR, "Recv failure: Connection reset by peer", .interrupted),
        (CURLE_SEND_ERROR, "", .interrupted),
        (CURLE_PARTIAL_FILE, "", .interrupted),
        (CURLE_GOT_NOTHING, "", .interrupted),
        (CURLE_WEIRD_SERVER_REPLY, "", .badResponse),
        (CURLE_UNSUPPORTED_PROTOCOL, "Protocol \"ftp\" not supported", .invalidURL),
        (CURLE_UNSUPPORTED_PROTOCOL, "Received HTTP/0.9 when not allowed", .badResponse),
        (CURLE_URL_MALFORMAT, "", .invalidURL),
        (CURLE_OUT_OF_MEMORY, "", .system),
    ])
    func `A result of libcurl has a meaning for callers`(code: CURLcode, text: String, meaning: TransportError.Code) {
        #expect(TransportError(code, explanation: text) == TransportError(meaning, text))
    }

    @Test(arguments: [
        (Duration.zero, 1), (.seconds(-1), 1), (.nanoseconds(1), 1), (.milliseconds(5), 5), (.microseconds(5001), 6),
        (.seconds(3600), 3_600_000), (.seconds(Int64.max), 1_000_000_000),
    ])
    func `Times are rounded up and stay within libcurl's range`(time: Duration, milliseconds: Int) {
        #expect(time.wholeMilliseconds == milliseconds)
    }
}
