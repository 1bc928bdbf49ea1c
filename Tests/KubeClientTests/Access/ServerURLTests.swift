import Testing

@testable import KubeClient

@Suite struct ServerURLTests {
    @Test(arguments: [
        ("https://a", "https://a"), ("HTTPS://a:6443/", "https://a:6443"), ("https://[::1]:6443", "https://[::1]:6443"),
        ("https://a/k8s/clusters/c-1/", "https://a/k8s/clusters/c-1"), ("http://a", "http://a"),
        ("a:6443", "https://a:6443"), ("a", "https://a"), ("a/", "https://a"), ("[::1]", "https://[::1]"),
    ])
    func `An address is made whole`(address: String, url: String) throws {
        #expect(try ServerURL(address, defaultsToTLS: true).text == url)
    }

    @Test func `Without a scheme, TLS is a question of what else is given`() throws {
        #expect(try ServerURL("a:1", defaultsToTLS: false).text == "http://a:1")
        #expect(try ServerURL("a:1", defaultsToTLS: false).isTLS == false)
        #expect(try ServerURL("https://a:1", defaultsToTLS: false).isTLS)
    }

    @Test(arguments: [
        "", "https://", "https:///x", "ftp://a", "https://u:p@a", "https://a?x=1", "https://a#x", "https://a:0",
        "https://a:65536", "https://a:x", "https://a b", "https://[]", "https://[::1", "https://[::1]x", "a/b",
        "https://a\r\nX: y",
    ])
    func `What is no address is refused`(address: String) {
        #expect(throws: ServerURL.Problem.self) { try ServerURL(address, defaultsToTLS: true) }
    }
}
