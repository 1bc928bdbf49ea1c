import Testing

@testable import martlet

@Suite struct AdvertisedServerTests {
    @Test(
        arguments: [
            ("https://192.0.2.1:6443", "192.0.2.1", 6443), ("https://api.example/", "api.example", 443),
            ("https://[2001:db8::1]:6443", "2001:db8::1", 6443), ("https://[2001:db8::1]", "2001:db8::1", 443),
            ("https://127.0.0.1:6443", "127.0.0.1", 6443),
        ] as [(String, String, Int)]
    )
    func `A host and a port are read from a URL`(text: String, host: String, port: Int) throws {
        let server = try AdvertisedServer(text, kubeconfigServer: "https://elsewhere")
        #expect(server.host == host)
        #expect(server.port == port)
    }

    @Test(arguments: [
        "192.0.2.1:6443", "http://192.0.2.1", "https://", "https://:6443", "https://a:0", "https://a:x",
        "https://a/k8s/clusters/c1", "https://user@a", "https://a b",
    ])
    func `What in-cluster clients can't use is refused`(text: String) {
        #expect(throws: AdvertisedServer.Problem.self) {
            try AdvertisedServer(text, kubeconfigServer: "https://elsewhere")
        }
    }

    @Test func `Without one the kubeconfig's server serves, if others can reach it`() throws {
        #expect(try AdvertisedServer(nil, kubeconfigServer: "https://192.0.2.1:6443").host == "192.0.2.1")
        for server in ["https://127.0.0.1:6443", "https://localhost", "https://[::1]:6443", "https://a/path"] {
            #expect(throws: AdvertisedServer.Problem.self) { try AdvertisedServer(nil, kubeconfigServer: server) }
        }
    }
}
