import FoundationEssentials
import KubeModel
import Transport

/// What a plugin is told, in the variable `KUBERNETES_EXEC_INFO`.
enum ExecRequest {
    static let variable = "KUBERNETES_EXEC_INFO"

    /// - Parameter cluster: For plugins that ask for it (`provideClusterInfo`).
    static func render(apiVersion: String, cluster: JSON?) -> String {
        var spec: JSON = ["interactive": false]
        spec["cluster"] = cluster
        let request: JSON = ["kind": "ExecCredential", "apiVersion": .string(apiVersion), "spec": spec]
        return request.text
    }

    /// The cluster as plugins know it; what is not set is left out, but for the extension.
    static func cluster(_ entry: ClusterEntry, server: String, tls: TLSOptions) -> JSON {
        var cluster: JSON = ["server": .string(server)]
        cluster["tls-server-name"] = entry.tlsServerName.map { .string($0) }
        if entry.skipsVerification { cluster["insecure-skip-tls-verify"] = true }
        cluster["certificate-authority-data"] = tls.caPEM.map { .string(Data($0).base64EncodedString()) }
        cluster["proxy-url"] = entry.proxyURL.map { .string($0.value) }
        if entry.disablesCompression { cluster["disable-compression"] = true }
        cluster["config"] = entry.execConfig ?? .null
        return cluster
    }
}
