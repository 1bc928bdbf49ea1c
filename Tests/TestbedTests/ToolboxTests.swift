import Foundation
import Testing

@testable import Testbed

@Suite("Where the programs of a testbed are")
struct ToolboxTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("toolbox-\(UUID())").path

    /// Makes the folders `release` and `tools` with these empty programs in them.
    private func withToolbox(_ programs: [String], _ body: (Toolbox) throws -> Void) throws {
        let files = FileManager.default
        defer { try? files.removeItem(atPath: folder) }
        for program in programs {
            let path = "\(folder)/\(program)"
            let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
            try files.createDirectory(atPath: parent, withIntermediateDirectories: true)
            _ = files.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o755])
        }
        try body(Toolbox(kubernetes: "\(folder)/release", tools: "\(folder)/tools"))
    }

    @Test("What a release brings along wins over Debian's", arguments: ["etcd", "containerd", "ctr", "runc"])
    func beside(name: String) throws {
        let debian = "tools/usr/bin/\(name)"
        try withToolbox([debian]) { toolbox in
            let path = try toolbox.tool(name)
            #expect(path == "\(folder)/\(debian)")
        }
        try withToolbox([debian, "release/\(name)"]) { toolbox in
            let path = try toolbox.tool(name)
            #expect(path == "\(folder)/release/\(name)")
        }
    }

    @Test("A binary of Kubernetes is never taken from elsewhere")
    func ofRelease() throws {
        try withToolbox(["tools/usr/bin/kubelet", "release/kube-apiserver"]) { toolbox in
            let path = try toolbox.path(of: .apiserver)
            #expect(path == "\(folder)/release/kube-apiserver")
            let error = #expect(throws: TestbedError.self) { try toolbox.kubernetes("kubelet") }
            #expect(error?.code == .toolMissing)
        }
    }
}
