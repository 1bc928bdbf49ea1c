/// Finds out how to reach a cluster, by the rules of kubectl and client-go (tools/clientcmd).
package enum KubeConfig {
    /// kubeconfigs of hundreds of clusters with their certificates stay well below this.
    static let sizeLimit = YAMLLimits().bytes

    /// The access to the cluster of a context.
    ///
    /// An explicit file counts alone. Else the files of `KUBECONFIG`, a list with colons, are merged, each entry as the
    /// first file with it has it, and those that do not exist are left out; else `~/.kube/config` counts. When all that
    /// says nothing, and no context is asked for, the service account of the pod that this process runs in is used.
    ///
    /// Plugins are not run and token files not read before the access is used; certificates are.
    ///
    /// - Parameters:
    ///   - explicit: The file that was asked for by name.
    ///   - context: The context that was asked for; nil for the file's current one.
    ///   - environment: Of the process; plugins inherit it.
    package static func load(
        paths explicit: String? = nil,
        context: String? = nil,
        environment: [String: String],
        host: AccessHost = AccessHost()
    ) throws(KubeConfigError) -> ClusterAccess {
        let config = try KubeConfigLoading(environment: environment, files: host.files).load(explicit: explicit)
        let inCluster = InCluster(environment: environment, host: host)
        if config.isEmpty, explicit == nil, context == nil, inCluster.isPossible { return try inCluster.access() }
        let resolving = KubeConfigResolving(config: config, environment: environment, host: host)
        return try resolving.access(context: context)
    }

    /// The access that the text of a kubeconfig gives.
    ///
    /// - Parameters:
    ///   - file: Its path: for errors, and because relative paths in it begin at its folder.
    ///   - isSelfContained: Whether it comes from somebody who shall not have files of this machine read or programs
    ///     run: it may name none.
    package static func parse(
        yaml text: String,
        file: String,
        context: String? = nil,
        isSelfContained: Bool = false,
        environment: [String: String],
        host: AccessHost = AccessHost()
    ) throws(KubeConfigError) -> ClusterAccess {
        let config = try KubeConfigFile(parsing: text, file: file)
        let resolving = KubeConfigResolving(
            config: config,
            environment: environment,
            host: host,
            isSelfContained: isSelfContained
        )
        return try resolving.access(context: context)
    }
}
