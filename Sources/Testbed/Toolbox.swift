import Foundation

/// The programs that a testbed runs, and where they are.
package struct Toolbox: Sendable, Hashable {
    /// The folder with the Kubernetes binaries: `KUBE_BIN_DIR`, or what `scripts/kubernetes.sh` makes.
    package let kubernetes: String
    /// The folder with what `scripts/packages.sh` unpacks: `MARTLET_TOOLS`, or its place in the cache. It is laid out
    /// as a root of a file system (`usr/bin/etcd`).
    package let tools: String

    package init(kubernetes: String, tools: String) {
        self.kubernetes = kubernetes
        self.tools = tools
    }

    /// Finds the folders by the environment.
    ///
    /// - Throws: `TestbedError` `.toolMissing` when there is neither a setting nor a cache.
    package init(environment: [String: String] = HarnessEnvironment.current) throws(TestbedError) {
        let cache = Self.cache(environment)
        guard let tools = Self.setting("MARTLET_TOOLS", environment) ?? cache.map({ "\($0)/tools" }) else {
            throw TestbedError(.toolMissing, "neither MARTLET_TOOLS nor XDG_CACHE_HOME nor HOME is set")
        }
        guard let kubernetes = Self.setting("KUBE_BIN_DIR", environment) ?? cache.map(Self.builtKubernetes) else {
            throw TestbedError(.toolMissing, "neither KUBE_BIN_DIR nor XDG_CACHE_HOME nor HOME is set")
        }
        self.init(kubernetes: kubernetes, tools: tools)
    }

    /// The same tools with the Kubernetes binaries of another folder.
    package func with(kubernetes folder: String) -> Toolbox {
        Toolbox(kubernetes: folder, tools: tools)
    }

    /// The path of a Kubernetes binary.
    package func kubernetes(_ name: String) throws(TestbedError) -> String {
        let path = "\(kubernetes)/\(name)"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw TestbedError(
                .toolMissing,
                "there is no '\(name)' in \(kubernetes); run scripts/kubernetes.sh, which builds it once, "
                    + "or set KUBE_BIN_DIR to a folder with Kubernetes binaries"
            )
        }
        return path
    }

    /// The path of any other program: beside the Kubernetes binaries first, because a release may want a newer etcd or
    /// containerd than Debian's, then in the unpacked tools, then where the system keeps its programs.
    package func tool(_ name: String) throws(TestbedError) -> String {
        let unpacked = ["usr/bin", "usr/sbin", "bin", "sbin", "usr/lib/cni"].map { "\(tools)/\($0)" }
        return try Self.find(name, inFolders: [kubernetes] + unpacked + Self.systemFolders)
    }

    /// The library that shows a program another time of day (libfaketime), for programs of more than one thread.
    package func clockLibrary() throws(TestbedError) -> String {
        let files = FileManager.default
        let libraries = "\(tools)/usr/lib"
        let folders = (try? files.contentsOfDirectory(atPath: libraries)) ?? []  // none: said below
        let paths = folders.map { "\(libraries)/\($0)/faketime/libfaketimeMT.so.1" }
        guard let path = paths.first(where: files.fileExists) else {
            throw TestbedError(
                .toolMissing,
                "there is no libfaketimeMT.so.1 in \(libraries); run 'scripts/packages.sh all', which fetches it"
            )
        }
        return path
    }

    static let systemFolders = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"]

    static func find(_ name: String, inFolders folders: [String]) throws(TestbedError) -> String {
        let paths = folders.lazy.map { "\($0)/\(name)" }
        guard let path = paths.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw TestbedError(
                .toolMissing,
                "there is no program '\(name)'; run 'scripts/packages.sh all', which fetches what the testbed needs, "
                    + "or set MARTLET_TOOLS (looked in \(folders.joined(separator: ", ")))"
            )
        }
        return path
    }

    private static func setting(_ name: String, _ environment: [String: String]) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func cache(_ environment: [String: String]) -> String? {
        let base = setting("XDG_CACHE_HOME", environment) ?? setting("HOME", environment).map { "\($0)/.cache" }
        return base.map { "\($0)/martlet" }
    }

    /// The release that `scripts/kubernetes.sh` builds.
    private static func builtKubernetes(_ cache: String) -> String {
        "\(cache)/kubernetes/v1.20.2"
    }
}
