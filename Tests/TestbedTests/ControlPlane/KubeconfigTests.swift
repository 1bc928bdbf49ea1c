import KubeModel
import Testing

@testable import Testbed

@Suite("A kubeconfig of the testbed")
struct KubeconfigTests {
    @Test("holds certificate and key inline")
    func certificate() throws {
        let config = Kubeconfig(
            name: "east",
            server: "https://127.20.0.1:26443",
            authorityPEM: Array("ca".utf8),
            credential: .certificate(Array("cert".utf8), key: Array("key".utf8))
        )
        let json = try JSON.parse(config.text)
        #expect(json["current-context"]?.string == "east")
        let cluster = json["clusters"]?[0]?["cluster"]
        #expect(cluster?["server"]?.string == "https://127.20.0.1:26443")
        #expect(cluster?["certificate-authority-data"]?.string == "Y2E=")
        let user = json["users"]?[0]?["user"]
        #expect(user?["client-certificate-data"]?.string == "Y2VydA==")
        #expect(user?["client-key-data"]?.string == "a2V5")
    }

    @Test("holds a token")
    func token() throws {
        let config = Kubeconfig(name: "east", server: "https://h", authorityPEM: [], credential: .token("t0"))
        #expect(try JSON.parse(config.text)["users"]?[0]?["user"] == ["token": "t0"])
    }
}
