import Synchronization
import Testing

@testable import martlet

@Suite struct ConfigurationSourceTests {
    @Test func `What is read is the file as it is now, good or bad`() throws {
        let text = Mutex("clusters: [{name: west, kubeconfig: /west}]")
        let source = ConfigurationSource(flags: [.config: .text("/clusters.yaml")], environment: [:]) { path in
            #expect(path == "/clusters.yaml")
            return text.withLock { $0 }
        }
        #expect(try source.read().clusters.map(\.name) == ["west"])
        #expect(try source.read().clusters.map(\.name) == ["west"])
        text.withLock { $0 = "clusters: 7" }
        let problems = try #require(throws: ConfigurationProblems.self) { try source.read() }
        #expect(problems.description.contains("/clusters.yaml"))
        #expect(throws: problems) { try source.read() }
        text.withLock { $0 = "clusters: [{name: east, kubeconfig: /east}]" }
        #expect(try source.read().clusters.map(\.name) == ["east"])
    }
}
