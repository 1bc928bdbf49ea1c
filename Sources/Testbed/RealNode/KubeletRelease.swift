import KubeModel

/// A kubelet binary: which release it is and which flags it knows.
struct KubeletRelease: Sendable, Hashable {
    /// The minor version: 20 for v1.20.2.
    let minor: Int
    let flags: FlagSet

    /// Runs the binary twice.
    ///
    /// - Throws: `TestbedError` `.commandFailed`, `.answer` for a version that is none, and those of `Subprocess.run`.
    static func ask(_ path: String, scratch: String) async throws -> KubeletRelease {
        async let version = Subprocess.run(Command(path, ["--version"]), deadline: .seconds(30), scratch: scratch)
        async let help = Subprocess.run(Command(path, ["--help"]), deadline: .seconds(30), scratch: scratch)
        let versionText = try await version.checked().output
        let helpText = try await help.checked().output
        guard let minor = minor(inVersion: versionText) else {
            throw TestbedError(.answer, "'\(path) --version' says '\(versionText)'")
        }
        return KubeletRelease(minor: minor, flags: FlagSet(helpText: helpText))
    }

    /// 20 of "Kubernetes v1.20.2".
    static func minor(inVersion text: String) -> Int? {
        guard let version = text.split(whereSeparator: \.isWhitespace).first(where: { $0.hasPrefix("v1.") }) else {
            return nil
        }
        return Int(version.dropFirst(3).prefix { $0.isNumber })
    }
}

// MARK: - What to tell it

extension KubeletRelease {
    /// The flags for what no configuration file holds, or does not hold in every release.
    func arguments(for node: NodeIdentity) -> [String] {
        var list = FlagList()
        list.set("config", NodePaths.kubeletConfiguration)
        list.set("kubeconfig", NodePaths.kubeconfig)
        list.set("hostname-override", node.name)
        list.set("node-ip", node.address)
        list.set("v", "2")
        if !node.labels.isEmpty {
            let labels = node.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            list.set("node-labels", labels.joined(separator: ","))
        }
        // Gone in 1.27, when there was nothing else any more.
        list.set("container-runtime", "remote", ifIn: flags)
        list.set("container-runtime-endpoint", NodePaths.containerdEndpoint, ifIn: flags)
        return list.arguments
    }

    /// The configuration file, without fields that the release does not know.
    func configuration(for node: NodeIdentity, groups: ControlGroups.Version) -> JSON {
        var configuration = KubeletConfiguration.json(for: node)
        if !flags.contains("container-runtime-endpoint") {
            configuration["containerRuntimeEndpoint"] = .string(NodePaths.containerdEndpoint)
        }
        // On by default from 1.23 on, where API servers have them by default too.
        if minor < 23 { configuration["featureGates"] = ["EphemeralContainers": true] }
        if minor >= 31, groups == .v1 {
            configuration["failCgroupV1"] = false  // from 1.35 on the default is true
        }
        return configuration
    }
}
