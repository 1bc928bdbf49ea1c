/// Where the access to a cluster is found, and what tells whether it has changed there.
package protocol AccessSource: Sendable {
    /// Another value means another content.
    associatedtype Version: Equatable & Sendable

    /// To be quick: it is asked for about every second.
    func version() -> Version

    /// The access as it stands there now.
    ///
    /// - Throws: ``KubeConfigError``.
    func load() throws(KubeConfigError) -> ClusterAccess
}

/// The kubeconfigs that client-go's rules find (``KubeConfig/load(paths:context:environment:host:)``).
package struct KubeConfigFiles: AccessSource {
    private let path: String?
    private let context: String?
    private let environment: [String: String]
    private let host: AccessHost

    /// - Parameters:
    ///   - path: the file that was asked for by name.
    ///   - context: the context that was asked for; nil for the file's current one.
    package init(
        path: String? = nil,
        context: String? = nil,
        environment: [String: String],
        host: AccessHost = AccessHost()
    ) {
        self.path = path
        self.context = context
        self.environment = environment
        self.host = host
    }

    package func version() -> [FileStamp?] {
        let paths = path.map { [$0] } ?? KubeConfigLoading.paths(environment)
        // A file that is not there, or not to be looked at, is one of the states that it can be in.
        return paths.map { path in try? host.files.stamp(of: path) }
    }

    package func load() throws(KubeConfigError) -> ClusterAccess {
        try KubeConfig.load(paths: path, context: context, environment: environment, host: host)
    }
}
