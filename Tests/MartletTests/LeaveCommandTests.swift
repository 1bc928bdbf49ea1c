import Foundation
import Synchronization
import Testing

@testable import martlet

/// What `martlet leave` says before it asks anybody.
@Suite struct LeaveCommandTests: ~Copyable {
    private let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: "\(path)/clusters", withIntermediateDirectories: true)
        let nodes = "nodes: [{name: NAME-a, nodeSelector: {pool: a}}, {name: NAME-b, nodeSelector: {pool: b}}]"
        let file = """
            clusters:
              - {name: plain, kubeconfig: plain.yaml}
              - {name: parts, kubeconfig: parts.yaml, \(nodes.replacingOccurrences(of: "NAME", with: "parts"))}
            clusterFiles: {directory: clusters}
            """
        for (name, text) in [
            ("martlet.yaml", file), ("clusters/folder.yaml", "of no use"),
            ("clusters/folder.settings.yaml", nodes.replacingOccurrences(of: "NAME", with: "folder")),
        ] {
            try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A cluster that no command takes away, and what its nodes are called.
    @Test(arguments: [("plain", "plain"), ("parts", "parts-a parts-b"), ("folder", "folder-a folder-b")])
    func `Who is refused is told all the nodes of the cluster`(cluster: String, nodes: String) async {
        let errors = Mutex("")
        let command = Command(
            arguments: ["leave", cluster, "--config", "\(path)/martlet.yaml"],
            environment: [:],
            standardOutput: { _ in },
            standardError: { text in errors.withLock { $0 += text } }
        )
        #expect(await command.run() == 1)
        let told = errors.withLock { $0 }
        #expect(told.contains("\(cluster) is a cluster of "), "\(told)")
        #expect(told.contains("(kubectl drain --ignore-daemonsets \(nodes)), "), "\(told)")
        #expect(told.hasSuffix("kubectl delete node \(nodes)"), "\(told)")
    }
}
