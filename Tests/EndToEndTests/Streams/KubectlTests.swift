import KubeModel
import Testbed
import Testing

extension RealContainers {
    /// What the other tests reach into pods with.
    @Suite struct KubectlTests {}
}

extension RealContainers.KubectlTests {
    @Test("The newest kubectl is what it is called, and speaks WebSocket", .enabled(if: Kubectl.highest?.minor != nil))
    func version() async throws {
        try await TestSpace.with("kubectl") { space in
            let minor = try #require(Kubectl.highest?.minor)
            let text = try await space.shell(.newest, "k version --client -o json").checked().output
            let version = try JSON.parse(Array(text.utf8)).at("clientVersion", "minor")?.string ?? ""
            #expect(version.prefix(while: \.isNumber) == "\(minor)")
            // WebSocket comes first since 1.31.
            #expect(minor >= 31)
        }
    }
}
