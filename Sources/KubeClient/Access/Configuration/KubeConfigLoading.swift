/// Finds and merges kubeconfig files.
struct KubeConfigLoading: Sendable {
    let environment: [String: String]
    let files: any FileReading

    /// The merged files; empty if none of those that are looked for exists.
    ///
    /// - Throws: If a file cannot be read or understood, or an explicit one does not exist.
    func load(explicit: String?) throws(KubeConfigError) -> KubeConfigFile {
        guard let explicit else { return try mergedFiles() }
        guard let file = try read(explicit) else {
            throw KubeConfigError(.unreadable, file: explicit, message: "there is no such file")
        }
        return file
    }

    private func mergedFiles() throws(KubeConfigError) -> KubeConfigFile {
        var merged = KubeConfigFile()
        for path in Self.paths(environment) {
            if let file = try read(path) { merged.merge(file) }
        }
        return merged
    }

    /// Where to look when no file is named, each place once.
    static func paths(_ environment: [String: String]) -> [String] {
        if let list = environment["KUBECONFIG"], !list.isEmpty {
            var known: Set<String> = []
            return list.split(separator: ":").map(String.init).filter { known.insert($0).inserted }
        }
        guard let home = environment["HOME"], !home.isEmpty else { return [] }
        return [home + "/.kube/config"]
    }

    /// The file, or nil if there is none.
    private func read(_ path: String) throws(KubeConfigError) -> KubeConfigFile? {
        let bytes: [UInt8]
        do {
            bytes = try files.read(path, limit: KubeConfig.sizeLimit)
        } catch {
            guard error.code != .notFound else { return nil }
            throw KubeConfigError(.unreadable, file: path, message: "cannot be read: \(error.reason)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw KubeConfigError(.malformed, file: path, message: "is not UTF-8 text")
        }
        return try KubeConfigFile(parsing: text, file: path)
    }
}
