import Foundation
import KubeModel

/// A kubeconfig with one cluster and one user, everything inline, so that the file can be taken anywhere.
package struct Kubeconfig: Sendable {
    /// How the user proves who it is.
    package enum Credential: Sendable {
        /// A client certificate and its key, as PEM.
        case certificate([UInt8], key: [UInt8])
        case token(String)
    }

    /// Names the cluster, the user and the context.
    package let name: String
    package let server: String
    package let authorityPEM: [UInt8]
    package let credential: Credential
    /// The namespace of commands that name none.
    package var namespace = "default"

    package init(
        name: String,
        server: String,
        authorityPEM: [UInt8],
        credential: Credential,
        namespace: String = "default"
    ) {
        self.name = name
        self.server = server
        self.authorityPEM = authorityPEM
        self.credential = credential
        self.namespace = namespace
    }

    /// The file's text: JSON, which is YAML too.
    package var text: String {
        let config: JSON = [
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": .string(name),
            "clusters": [["name": .string(name), "cluster": cluster]],
            "users": [["name": .string(name), "user": user]],
            "contexts": [["name": .string(name), "context": context]],
        ]
        return config.text
    }

    private var cluster: JSON {
        ["server": .string(server), "certificate-authority-data": .string(Self.base64(authorityPEM))]
    }

    private var user: JSON {
        switch credential {
        case .certificate(let certificate, let key):
            [
                "client-certificate-data": .string(Self.base64(certificate)),
                "client-key-data": .string(Self.base64(key)),
            ]
        case .token(let token):
            ["token": .string(token)]
        }
    }

    private var context: JSON {
        ["cluster": .string(name), "user": .string(name), "namespace": .string(namespace)]
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }
}
