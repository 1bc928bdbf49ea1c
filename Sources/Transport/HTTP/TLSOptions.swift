/// How to believe a server and how to prove who asks. Never shows key or certificates when it is printed.
package struct TLSOptions: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The certificate authorities to believe, and no others; nil for those of the operating system.
    package var caPEM: [UInt8]?
    /// The client certificate, intermediate ones after it.
    package var certificatePEM: [UInt8]?
    /// The unencrypted private key of the client certificate.
    package var keyPEM: [UInt8]?
    /// The name to ask for and to find in the server's certificate, if it is not that of the URL.
    package var serverName: String?
    /// True to believe any server. For people who asked for it (`insecure-skip-tls-verify`).
    package var skipVerify: Bool

    package init(
        caPEM: [UInt8]? = nil,
        certificatePEM: [UInt8]? = nil,
        keyPEM: [UInt8]? = nil,
        serverName: String? = nil,
        skipVerify: Bool = false
    ) {
        self.caPEM = caPEM
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
        self.serverName = serverName
        self.skipVerify = skipVerify
    }

    package var description: String {
        let parts = [
            caPEM == nil ? "CAs of the system" : "own CAs",
            certificatePEM == nil ? nil : "client certificate",
            serverName.map { "server name \($0)" },
            skipVerify ? "no verification" : nil,
        ]
        return "TLS(\(parts.compactMap(\.self).joined(separator: ", ")))"
    }

    package var customMirror: Mirror { Mirror(self, children: ["summary": description]) }
}
