import Foundation
import KubeClient
import Testing

@testable import martlet

@Suite struct OriginKubeConfigTests: ~Copyable {
    private let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)").path
        try write(server: "https://one:6443", token: "first")
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private func write(server: String, token: String, more: String = "") throws {
        let text = """
            apiVersion: v1
            kind: Config
            current-context: origin
            contexts: [{name: origin, context: {cluster: origin, user: martlet}}]
            clusters: [{name: origin, cluster: {server: "\(server)"\(more)}}]
            users: [{name: martlet, user: {token: \(token)}}]
            """
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    @Test func `Other credentials count, another server takes a restart`() async throws {
        let source = try OriginKubeConfig(KubeConfigFiles(path: path, environment: [:]))
        let before = source.version()
        try write(server: "https://one:6443", token: "second")
        #expect(source.version() != before)
        #expect(try await source.load().headers().first?.value == "Bearer second")
        try write(server: "https://two:6443", token: "third")
        let error = #expect(throws: KubeConfigError.self) { try source.load() }
        let words = error?.description ?? ""
        #expect(words.contains("https://two:6443") && words.contains("takes a restart"))
        #expect(!words.contains("third"))
    }

    @Test(arguments: [", proxy-url: http://proxy:3128", ", tls-server-name: other"])
    func `The same address by another way takes a restart too`(more: String) throws {
        let source = try OriginKubeConfig(KubeConfigFiles(path: path, environment: [:]))
        try write(server: "https://one:6443", token: "second", more: more)
        #expect(throws: KubeConfigError.self) { try source.load() }
    }
}
