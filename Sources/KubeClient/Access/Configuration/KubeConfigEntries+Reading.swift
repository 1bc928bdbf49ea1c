import KubeModel

// The field names are those of client-go tools/clientcmd/api/v1/types.go.

extension ContextEntry {
    init(_ section: KubeConfigSection, name: String) throws(KubeConfigError) {
        place = section.place(.context(name))
        cluster = try section.string("cluster")
        user = try section.string("user")
        namespace = try section.string("namespace")
    }
}

extension ClusterEntry {
    /// The name under which a cluster keeps what it says to exec plugins.
    private static let execExtension = "client.authentication.k8s.io/exec"

    init(_ section: KubeConfigSection, name: String) throws(KubeConfigError) {
        place = section.place(.cluster(name))
        server = try section.string("server")
        tlsServerName = try section.string("tls-server-name")
        skipsVerification = try section.bool("insecure-skip-tls-verify")
        certificateAuthority = try section.pem("certificate-authority")
        proxyURL = try section.string("proxy-url").map { Secret($0) }
        disablesCompression = try section.bool("disable-compression")
        var execConfig: JSON?
        for named in try section.sections("extensions") where try named.string("name") == Self.execExtension {
            execConfig = named.member("extension")?.json
        }
        self.execConfig = execConfig
    }
}

extension UserEntry {
    init(_ section: KubeConfigSection, name: String) throws(KubeConfigError) {
        place = section.place(.user(name))
        certificate = try section.pem("client-certificate")
        key = try section.pem("client-key")
        token = try section.string("token").map { Secret($0) }
        tokenFile = try section.localPath("tokenFile")
        username = try section.string("username")
        password = try section.string("password").map { Secret($0) }
        impersonation = Impersonation(
            user: try section.string("as"),
            uid: try section.string("as-uid"),
            groups: try section.strings("as-groups"),
            extra: try section.stringLists("as-user-extra").map { .init(key: $0.key, values: $0.values) }
        )
        exec = if let exec = try section.section("exec") { try ExecEntry(exec) } else { nil }
        hasAuthProvider = section.member("auth-provider") != nil
    }
}

extension ExecEntry {
    init(_ section: KubeConfigSection) throws(KubeConfigError) {
        apiVersion = try section.string("apiVersion")
        // A bare name is looked up in PATH; only what has a slash is a place.
        let command = try section.string("command")
        self.command = command.map { $0.contains("/") ? FilePaths.resolve($0, besides: section.file) : $0 }
        arguments = Secret(try section.strings("args"))
        var variables: [Variable] = []
        for variable in try section.sections("env") {
            guard let name = try variable.string("name"), !name.contains("=") else {
                throw variable.error("name", "must name a variable")
            }
            variables.append(Variable(name: name, value: Secret(try variable.string("value") ?? "")))
        }
        self.variables = variables
        installHint = try section.string("installHint")
        providesClusterInfo = try section.bool("provideClusterInfo")
        interactiveMode = try section.string("interactiveMode")
    }
}
