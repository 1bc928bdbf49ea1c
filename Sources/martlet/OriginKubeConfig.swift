internal import KubeClient

/// The origin's kubeconfig as it stands now. Other credentials and another authority count; another way is refused:
/// a file that leads elsewhere by mistake must not have the delegates of one origin judged by the pods of another.
struct OriginKubeConfig: AccessSource {
    private let files: KubeConfigFiles
    private let first: ClusterAccess

    /// - Throws: ``KubeConfigError``, if there is nothing to begin with.
    init(_ files: KubeConfigFiles) throws(KubeConfigError) {
        self.files = files
        first = try files.load()
    }

    func version() -> KubeConfigFiles.Version { files.version() }

    func load() throws(KubeConfigError) -> ClusterAccess {
        let access = try files.load()
        guard access.goesTheWay(of: first) else {
            throw KubeConfigError(
                .unsupported,
                field: "server",
                message: "leads to \(access.server) now, and to \(first.server) when martlet started, or there by "
                    + "another proxy or name; another way to the origin takes a restart"
            )
        }
        return access
    }
}
