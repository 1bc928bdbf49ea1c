internal import KubeClient

/// The origin's API server as pods in other clusters reach it: a host and a port, because in-cluster clients know no
/// more of it.
struct AdvertisedServer: Sendable, Equatable {
    let host: String
    let port: Int

    /// Why there is none: the second half of a sentence that begins with the option.
    struct Problem: Error, Equatable {
        let message: String
    }

    /// - Parameters:
    ///   - text: what the configuration says; nil for the kubeconfig's own.
    ///   - kubeconfigServer: the URL by which martlet itself reaches the origin.
    init(_ text: String?, kubeconfigServer: String) throws(Problem) {
        guard let text else {
            let server = try? Self(parsing: kubeconfigServer)
            guard let server, !server.isLoopback else {
                throw Problem(
                    message: "is missing, and the kubeconfig's server \(kubeconfigServer) is not one that pods in "
                        + "other clusters reach; write its address there as https://HOST:PORT"
                )
            }
            self = server
            return
        }
        self = try Self(parsing: text)
    }

    private init(parsing text: String) throws(Problem) {
        guard text.hasPrefix("https://") else {
            throw Problem(message: "must be a URL such as https://192.0.2.1:6443, not \"\(text)\"")
        }
        let rest = text.dropFirst("https://".count)
        let authority = rest.hasSuffix("/") ? rest.dropLast() : rest
        guard !authority.contains(where: { "/?#@".contains($0) || $0.isWhitespace }) else {
            throw Problem(message: "must be https://HOST:PORT and nothing else: in-cluster clients know no path")
        }
        let (host, port) = Self.split(authority)
        guard !host.isEmpty, let number = UInt16(port), number > 0 else {
            throw Problem(message: "must be a URL such as https://192.0.2.1:6443, not \"\(text)\"")
        }
        self.host = host
        self.port = Int(number)
    }

    /// An IPv6 address stands in brackets in a URL, and without in the environment.
    private static func split(_ authority: Substring) -> (host: String, port: String) {
        let end = authority.lastIndex(of: "]").map { authority.index(after: $0) }
        let colon = end ?? authority.lastIndex(of: ":") ?? authority.endIndex
        let rest = authority[colon...]
        let host = authority[..<colon].filter { $0 != "[" && $0 != "]" }
        return (host, rest.isEmpty ? "443" : String(rest.dropFirst()))
    }

    private var isLoopback: Bool {
        host == "localhost" || host == "::1" || host == "0.0.0.0" || host.hasPrefix("127.")
    }
}
