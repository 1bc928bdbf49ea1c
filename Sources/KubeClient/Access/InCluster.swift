/// The access that a pod has to its own cluster, through its service account (client-go rest, `InClusterConfig`).
struct InCluster: Sendable {
    private static let folder = "/var/run/secrets/kubernetes.io/serviceaccount"
    private static let place = EntryPlace(file: folder)

    let environment: [String: String]
    let host: AccessHost

    /// Whether this process runs in a pod that has a service account.
    var isPossible: Bool {
        guard address != nil else { return false }
        do {
            _ = try host.files.stamp(of: Self.folder + "/token")
            return true
        } catch {
            // Whatever the reason, there is no token to use.
            return false
        }
    }

    func access() throws(KubeConfigError) -> ClusterAccess {
        guard let address else {
            throw KubeConfigError(.notConfigured, message: "KUBERNETES_SERVICE_HOST and …_PORT are not set")
        }
        var items = TLSFiles.Items()
        items.certificateAuthority = .init(source: .file(Self.folder + "/ca.crt", field: "ca.crt"), place: Self.place)
        let tls = TLSFiles(items, files: host.files)
        _ = try tls.options()
        let token = TokenFile(path: Self.folder + "/token", field: "token", place: Self.place, host: host)
        return ClusterAccess(
            server: "https://\(address)",
            contextName: nil,
            namespace: namespace,
            tls: tls,
            credentials: .tokenFile(token)
        )
    }

    /// Host and port; addresses of IPv6 in brackets.
    private var address: String? {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
            let port = environment["KUBERNETES_SERVICE_PORT"], !port.isEmpty
        else { return nil }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    private var namespace: String {
        if let name = environment["POD_NAMESPACE"], !name.isEmpty { return name }
        do {
            let bytes = try host.files.read(Self.folder + "/namespace", limit: 1_024)
            let name = String(decoding: bytes, as: UTF8.self).trimmed
            return name.isEmpty ? "default" : name
        } catch {
            // As client-go: an account without the file means the default namespace.
            return "default"
        }
    }
}
