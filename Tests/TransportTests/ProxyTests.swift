import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct ProxyTests {
    @Test func `A call goes through the proxy that the caller names`() async throws {
        let seen = Event<TestRequest>()
        let proxy = try TestServer { connection, _ in
            guard let request = connection.readRequest() else { return }
            seen.happen(request)
            connection.write(TestResponse.whole("from the proxy"))
            connection.waitForEnd()
        }
        let client = try CurlHTTPClient.start()
        let response = try await client.send(
            HTTPRequest(url: "http://remote.example/version"),
            over: ConnectionOptions(proxyURL: proxy.url)
        )
        #expect(response.body == Array("from the proxy".utf8))
        #expect(await seen.wait()?.line == "GET http://remote.example/version HTTP/1.1")
    }

    @Test func `The proxy's own answer is not taken for the server's`() async throws {
        let authority = try CertificateAuthority.create(commonName: "authority")
        let identity = try authority.issue(commonName: "remote", dnsNames: ["remote.example"], usages: .serverAuth)
        let tls = try TestTLS(identity)
        let proxy = try TestServer { connection, _ in
            guard connection.readRequest()?.line == "CONNECT remote.example:443 HTTP/1.1" else { return }
            connection.write("HTTP/1.1 200 Established\r\nX-Proxy: yes\r\n\r\n")
            connection.startTLS(tls)?.answerAll()
        }
        let client = try CurlHTTPClient.start()
        let response = try await client.send(
            HTTPRequest(url: "https://remote.example/version"),
            over: ConnectionOptions(tls: TLSOptions(caPEM: authority.certificatePEM), proxyURL: proxy.url)
        )
        #expect(response.headers.first("X-Proxy") == nil)
        #expect(response.body == Array("ok".utf8))
    }
}
