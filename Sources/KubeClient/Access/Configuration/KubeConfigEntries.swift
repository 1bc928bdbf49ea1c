import KubeModel

/// A context: a cluster, a user, and the namespace that is meant when none is given.
struct ContextEntry: Sendable, Hashable {
    let place: EntryPlace
    let cluster: String?
    let user: String?
    let namespace: String?
}

/// A cluster: where its API server is and how to know it.
struct ClusterEntry: Sendable {
    let place: EntryPlace
    let server: String?
    let tlsServerName: String?
    let skipsVerification: Bool
    let certificateAuthority: PEMSource?
    /// May hold a password.
    let proxyURL: Secret<String>?
    let disablesCompression: Bool
    /// What is said to exec plugins that ask for the cluster.
    let execConfig: JSON?
}

/// A user: how to prove who one is.
struct UserEntry: Sendable, Hashable {
    let place: EntryPlace
    let certificate: PEMSource?
    let key: PEMSource?
    let token: Secret<String>?
    let tokenFile: String?
    let username: String?
    let password: Secret<String>?
    let impersonation: Impersonation
    let exec: ExecEntry?
    /// The old plugins that were part of clients.
    let hasAuthProvider: Bool
}

/// A program that gives out credentials (client-go plugin/pkg/client/auth/exec).
struct ExecEntry: Sendable, Hashable {
    struct Variable: Sendable, Hashable {
        let name: String
        let value: Secret<String>
    }

    let apiVersion: String?
    let command: String?
    /// May hold secrets, although they should not.
    let arguments: Secret<[String]>
    let variables: [Variable]
    let installHint: String?
    let providesClusterInfo: Bool
    let interactiveMode: String?
}

/// Where a certificate or key comes from, with the field that says so.
enum PEMSource: Sendable, Hashable {
    case inline(Secret<[UInt8]>, field: String)
    case file(String, field: String)

    var field: String {
        switch self {
        case .inline(_, let field), .file(_, let field): field
        }
    }
}
