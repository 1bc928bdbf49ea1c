internal import KubeClient

/// The origin's kubeconfig as it stands now. Other credentials and another authority count; another server is refused:
/// a file that leads elsewhere by mistake must not have the delegates of one origin judged by the pods of another.
struct OriginKubeConfig: AccessSource {
    private let files: KubeConfigFiles
    private let server: String

    /// - Throws: ``KubeConfigError``, if there is nothing to begin with.
    init(_ files: KubeConfigFiles) throws(KubeConfigError) {
        self.files = files
        server = try files.load().server
    }

    func version() -> KubeConfigFiles.Version { files.version() }

    func load() throws(KubeConfigError) -> ClusterAccess {
        let access = try files.load()
        guard access.server == server else {
            throw KubeConfigError(
                .unsupported,
                field: "server",
                message: "leads to \(access.server) now, and to \(server) when martlet started; another address of the "
                    + "origin takes a restart"
            )
        }
        return access
    }
}
