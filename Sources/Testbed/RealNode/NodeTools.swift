import Foundation

/// The programs that real nodes are made of.
struct NodeTools: Sendable, Hashable {
    let kubelet: String
    let containerd: String
    let ctr: String
    let runc: String
    /// The directory with the network plugins `bridge` and `host-local`.
    let networkPlugins: String
    /// The archive with the container images of every node.
    let images: String
    let nsenter: String
    let unshare: String

    /// - Throws: `TestbedError` `.toolMissing`, which tells what to run.
    init(toolbox: Toolbox) throws(TestbedError) {
        kubelet = try toolbox.kubernetes("kubelet")
        containerd = try toolbox.tool("containerd")
        ctr = try toolbox.tool("ctr")
        runc = try toolbox.tool("runc")
        networkPlugins = try Self.folder(of: toolbox.tool("host-local"))
        images = "\(toolbox.tools)/images.tar"
        nsenter = try toolbox.tool("nsenter")
        unshare = try toolbox.tool("unshare")
        guard FileManager.default.isReadableFile(atPath: images) else {
            throw TestbedError(.toolMissing, "there is no \(images); run scripts/images.sh, which makes it once")
        }
    }

    /// The environment of containerd, which starts its shim and runc by name.
    var environment: [String: String] {
        var environment = HarnessEnvironment.current
        let folders = [Self.folder(of: containerd), Self.folder(of: runc)] + Toolbox.systemFolders
        environment["PATH"] = folders.joined(separator: ":")
        return environment
    }

    private static func folder(of path: String) -> String {
        URL(fileURLWithPath: path).deletingLastPathComponent().path
    }
}
