import FoundationEssentials

/// Makes the access to a cluster out of the entries of a kubeconfig.
struct KubeConfigResolving: Sendable {
    let config: KubeConfigFile
    let environment: [String: String]
    let host: AccessHost
    /// Whether files and programs of this machine are refused.
    var isSelfContained = false

    /// - Parameter asked: The context that was asked for; nil for the current one.
    func access(context asked: String?) throws(KubeConfigError) -> ClusterAccess {
        let context = try context(asked)
        let cluster = try cluster(of: context.entry)
        let user = try user(of: context.entry)
        if isSelfContained { try checkReferences(of: cluster, user) }
        let server = try server(of: cluster, user: user)
        // Credentials never travel in clear (client-go tools/clientcmd, `ClientConfig`).
        let safeUser = server.isTLS ? user : nil
        let tls = try tls(of: cluster, user: safeUser)
        _ = try tls.options()
        return ClusterAccess(
            server: server.text,
            contextName: context.name,
            namespace: context.entry.namespace ?? "default",
            tls: tls,
            proxyURL: try proxyURL(of: cluster),
            credentials: try credentials(of: safeUser, cluster: cluster, server: server, tls: tls),
            impersonation: try impersonation(of: safeUser)
        )
    }
}

// MARK: - Files and programs

extension KubeConfigResolving {
    /// What is not in the kubeconfig itself is this machine's: its files, and what its programs may do.
    private func checkReferences(of cluster: ClusterEntry, _ user: UserEntry?) throws(KubeConfigError) {
        let sources = [(cluster.certificateAuthority, cluster.place)]
        let own = user.map { [($0.certificate, $0.place), ($0.key, $0.place)] } ?? []
        for case (.file(_, let field)?, let place) in sources + own {
            throw place.error(.unsupported, field, "must not name a file here; use \(field)-data")
        }
        guard let user else { return }
        if user.tokenFile != nil { throw user.place.error(.unsupported, "tokenFile", "is not allowed here; use token") }
        if user.exec != nil { throw user.place.error(.unsupported, "exec", "is not allowed here; use a token") }
    }
}

// MARK: - Entries

extension KubeConfigResolving {
    private func context(_ asked: String?) throws(KubeConfigError) -> (name: String, entry: ContextEntry) {
        let known = Self.list(config.contexts.keys)
        guard let name = asked ?? config.currentContext?.name else {
            let remedy = "name a kubeconfig, set KUBECONFIG, or run in a pod with a service account"
            let message = config.isEmpty ? "there is no kubeconfig; \(remedy)" : "no context is chosen; \(known)"
            throw KubeConfigError(.notConfigured, message: message)
        }
        guard let entry = config.contexts[name] else {
            let choice = asked == nil ? config.currentContext : nil
            throw KubeConfigError(
                .missing,
                file: choice?.file,
                line: choice?.line,
                subject: .context(name),
                field: choice.map { _ in "current-context" },
                message: "there is no such context; \(known)"
            )
        }
        return (name, entry)
    }

    private func cluster(of context: ContextEntry) throws(KubeConfigError) -> ClusterEntry {
        guard let name = context.cluster else { throw context.place.error(.missing, "cluster", "is missing") }
        guard let cluster = config.clusters[name] else {
            let message = "there is no cluster \"\(name)\"; \(Self.list(config.clusters.keys))"
            throw context.place.error(.missing, "cluster", message)
        }
        return cluster
    }

    /// The user; nil for a context that names none, which is anonymous.
    private func user(of context: ContextEntry) throws(KubeConfigError) -> UserEntry? {
        guard let name = context.user else { return nil }
        guard let user = config.users[name] else {
            let message = "there is no user \"\(name)\"; \(Self.list(config.users.keys))"
            throw context.place.error(.missing, "user", message)
        }
        return user
    }

    private static func list(_ names: some Sequence<String>) -> String {
        let names = names.sorted()
        return names.isEmpty ? "there is none" : "known are \(names.joined(separator: ", "))"
    }
}

// MARK: - Cluster

extension KubeConfigResolving {
    private func server(of cluster: ClusterEntry, user: UserEntry?) throws(KubeConfigError) -> ServerURL {
        guard let server = cluster.server else { throw cluster.place.error(.invalid, "server", "is missing") }
        let hasTLS = cluster.certificateAuthority != nil || cluster.skipsVerification || user?.certificate != nil
        do {
            return try ServerURL(server, defaultsToTLS: hasTLS)
        } catch {
            throw cluster.place.error(.invalid, "server", error.message)
        }
    }

    private func proxyURL(of cluster: ClusterEntry) throws(KubeConfigError) -> Secret<String>? {
        guard let proxy = cluster.proxyURL else { return nil }
        let schemes = ["http://", "https://", "socks5://"]
        let url = proxy.value
        let isProxy = schemes.contains { url.lowercased().hasPrefix($0) && url.count > $0.count }
        guard isProxy, !url.hasControlCharacters else {
            throw cluster.place.error(.invalid, "proxy-url", "must begin with \(schemes.joined(separator: " or "))")
        }
        return proxy
    }

    private func tls(of cluster: ClusterEntry, user: UserEntry?) throws(KubeConfigError) -> TLSFiles {
        var items = TLSFiles.Items()
        items.certificateAuthority = cluster.certificateAuthority.map { .init(source: $0, place: cluster.place) }
        if cluster.skipsVerification, let authority = cluster.certificateAuthority {
            let message = "is true, which excludes \(authority.field)"
            throw cluster.place.error(.conflicting, "insecure-skip-tls-verify", message)
        }
        if let user {
            items.certificate = user.certificate.map { .init(source: $0, place: user.place) }
            items.key = user.key.map { .init(source: $0, place: user.place) }
            if items.certificate != nil, items.key == nil {
                throw user.place.error(.missing, "client-key", "is missing beside the client certificate")
            }
            if items.key != nil, items.certificate == nil {
                throw user.place.error(.missing, "client-certificate", "is missing beside the client key")
            }
        }
        return TLSFiles(
            items,
            serverName: cluster.tlsServerName,
            skipsVerification: cluster.skipsVerification,
            files: host.files
        )
    }
}

// MARK: - User

extension KubeConfigResolving {
    /// Own tokens and passwords go before a plugin's, as in client-go.
    private func credentials(
        of user: UserEntry?,
        cluster: ClusterEntry,
        server: ServerURL,
        tls: TLSFiles
    ) throws(KubeConfigError) -> CredentialSource {
        guard let user else { return .none }
        try checkMethods(of: user)
        if let path = user.tokenFile {
            let file = TokenFile(path: path, field: "tokenFile", place: user.place, fallback: user.token, host: host)
            return .tokenFile(file)
        }
        if let token = user.token { return .authorization(CredentialSource.bearer(token)) }
        if let username = user.username {
            let pair = Data("\(username):\(user.password?.value ?? "")".utf8)
            return .authorization(Secret("Basic \(pair.base64EncodedString())"))
        }
        guard let exec = user.exec else { return .none }
        let run = try ExecRun(
            exec,
            place: user.place,
            cluster: { () throws(KubeConfigError) in
                ExecRequest.cluster(cluster, server: server.text, tls: try tls.options())
            },
            environment: environment,
            programs: host.programs
        )
        return .exec(ExecPlugin(run, host: host))
    }

    private func checkMethods(of user: UserEntry) throws(KubeConfigError) {
        let hasToken = user.token != nil || user.tokenFile != nil
        if hasToken, user.username != nil || user.password != nil {
            throw user.place.error(.conflicting, "username", "excludes a token; keep one of them")
        }
        if user.password != nil, user.username == nil {
            throw user.place.error(.missing, "username", "is missing beside the password")
        }
        if user.token?.value.hasControlCharacters == true {
            throw user.place.error(.invalid, "token", "must be one line")
        }
        guard user.hasAuthProvider else { return }
        if user.exec != nil { throw user.place.error(.conflicting, "auth-provider", "excludes exec; keep exec") }
        let message = "is not supported any more, as in kubectl since 1.26; use an exec plugin"
        throw user.place.error(.unsupported, "auth-provider", message)
    }

    private func impersonation(of user: UserEntry?) throws(KubeConfigError) -> Impersonation {
        guard let user else { return Impersonation() }
        guard !user.impersonation.lacksUser else {
            throw user.place.error(.missing, "as", "is missing beside as-uid, as-groups or as-user-extra")
        }
        guard !user.impersonation.hasControlCharacters else {
            throw user.place.error(.invalid, "as", "must not have line breaks, nor must as-groups and the like")
        }
        return user.impersonation
    }
}
