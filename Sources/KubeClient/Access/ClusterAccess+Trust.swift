import FoundationEssentials
import KubeModel
import Transport

extension ClusterAccess {
    /// How the server is known.
    package enum Trust: Sendable, Hashable {
        /// By a certificate of an authority that the kubeconfig holds.
        case ownAuthority
        /// By a certificate of an authority that the operating system believes.
        case systemAuthorities
        /// Not at all: `insecure-skip-tls-verify`. Whoever is on the way can read and change everything.
        case unverified
        /// There is no TLS.
        case clear
    }

    /// How the server is known, by what the kubeconfig says now.
    ///
    /// - Throws: ``KubeConfigError``, or `CancellationError`.
    package func trust() async throws -> Trust {
        guard server.hasPrefix("https://") else { return .clear }
        let tls = try await connection().tls
        if tls.skipVerify { return .unverified }
        return tls.caPEM == nil ? .systemAuthorities : .ownAuthority
    }

    /// Whether the address means another machine to everybody else: a loopback address, or `localhost`.
    package var isLoopback: Bool {
        let authority = server.drop { $0 != ":" }.dropFirst(3)
        let host =
            authority.hasPrefix("[")
            ? authority.dropFirst().prefix { $0 != "]" } : authority.prefix { $0 != ":" && $0 != "/" }
        return host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    /// A kubeconfig that needs no other file and no program: the same server, known and reached the same way, for
    /// whoever has the token.
    ///
    /// - Parameter name: of the cluster, the user and the context in it.
    /// - Throws: ``KubeConfigError``, or `CancellationError`.
    package func kubeconfig(named name: String, token: Secret<String>) async throws -> Secret<String> {
        let connection = try await connection()
        var cluster: JSON = ["server": .string(server)]
        cluster["certificate-authority-data"] = connection.tls.caPEM.map { .string(Data($0).base64EncodedString()) }
        cluster["tls-server-name"] = connection.tls.serverName.map(JSON.string)
        cluster["proxy-url"] = connection.proxyURL.map(JSON.string)
        let config: JSON = [
            "apiVersion": "v1", "kind": "Config", "current-context": .string(name),
            "clusters": [["name": .string(name), "cluster": cluster]],
            "users": [["name": .string(name), "user": ["token": .string(token.value)]]],
            "contexts": [["name": .string(name), "context": ["cluster": .string(name), "user": .string(name)]]],
        ]
        return Secret(config.text)
    }
}
