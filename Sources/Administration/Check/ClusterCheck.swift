package import KubeClient
import KubeModel
import Lifecycle
import Observability
import Synchronization

/// Looks whether martlet can work with a cluster: reachable, trusted, known, and every right that it needs.
package struct ClusterCheck: Sendable {
    /// What is known of who the cluster is; nil where it is not.
    package struct Identity: Sendable, Hashable {
        /// The UID of the origin's namespace kube-system, which a remote must not have.
        package var origin: String?
        /// That which the remote had so far.
        package var remote: String?

        package init(origin: String? = nil, remote: String? = nil) {
            self.origin = origin
            self.remote = remote
        }
    }

    package let cluster: String
    private let access: ClusterAccess
    private let client: APIClient
    private let roles: [AccessRole]
    private let features: Set<Permission.Feature>
    private let identity: Identity
    private let now: @Sendable () -> Duration

    /// - Parameters:
    ///   - cluster: its name, for the report.
    ///   - client: made of `access`.
    ///   - roles: what has to be allowed.
    ///   - features: what of it is of use.
    ///   - now: since 1970.
    package init(
        cluster: String,
        access: ClusterAccess,
        client: APIClient,
        roles: [AccessRole],
        features: Set<Permission.Feature>,
        identity: Identity = Identity(),
        now: @escaping @Sendable () -> Duration = WallClock.sinceEpoch
    ) {
        self.cluster = cluster
        self.access = access
        self.client = client
        self.roles = roles
        self.features = features
        self.identity = identity
        self.now = now
    }

    /// Takes at most about this time, whatever the cluster does; what was found until then is in the report.
    ///
    /// - Throws: `CancellationError`.
    package func run(within limit: Duration) async throws -> ClusterReport {
        let findings = Mutex<[Finding]>([])
        let note: @Sendable (Finding) -> Void = { finding in findings.withLock { $0.append(finding) } }
        do {
            try await withTimeout(limit) { try await look(note) }
        } catch is TimeoutError {
            note(Finding("time", .failed, "no answer within \(limit)", remedy: Self.noWay))
        }
        return ClusterReport(cluster: cluster, server: access.server, findings: findings.withLock { $0 })
    }

    private func look(_ note: @Sendable (Finding) -> Void) async throws {
        do {
            note(Self.trustFinding(try await access.trust()))
            let version = try await client.version()
            let took = version.answeredIn / .milliseconds(1)
            note(Finding("reachable", .ok, "\(access.server) answers in \((took * 10).rounded() / 10) ms"))
            note(ReleaseCheck.finding(version.gitVersion))
            note(ClockCheck.finding(server: version.date, now: now()))
            let uid = try await knownID()
            note(Self.identityFinding(uid, identity))
            for role in roles {
                let findings = try await PermissionCheck(client: client).findings([role], features: features)
                for finding in findings { note(finding) }
                guard role == .remoteKubelets, !findings.allSatisfy({ $0.result == .ok }) else { continue }
                note(try await UsageCheck(client: client).finding())
            }
        } catch let error as APIError {
            note(Self.failure(error))
        } catch let error as KubeConfigError {
            note(Finding("kubeconfig", .failed, "\(error)"))
        }
    }

    /// Nil where we may not read it: that is told with the permissions.
    private func knownID() async throws -> UID? {
        do {
            return try await client.clusterID()
        } catch let error as APIError where error.code == .forbidden || error.code == .notFound {
            return nil
        }
    }
}

// MARK: - What is made of what was found

extension ClusterCheck {
    private static let noWay = "is the address right, and is there a way from here (firewall, proxy-url)?"

    static func trustFinding(_ trust: ClusterAccess.Trust) -> Finding {
        switch trust {
        case .ownAuthority: Finding("TLS", .ok, "verified by the kubeconfig's own authority")
        case .systemAuthorities: Finding("TLS", .ok, "verified by the system's authorities")
        case .unverified:
            Finding(
                "TLS",
                .failed,
                "insecure-skip-tls-verify: whoever is on the way can take the credentials",
                remedy: "give certificate-authority-data instead"
            )
        case .clear:
            Finding("TLS", .failed, "there is none, and no credentials are sent", remedy: "give an https:// address")
        }
    }

    static func identityFinding(_ uid: String?, _ identity: Identity) -> Finding {
        guard let uid else { return Finding("identity", .warning, "the UID of kube-system can't be read") }
        if uid == identity.origin {
            return Finding(
                "identity",
                .failed,
                "it is the origin itself",
                remedy: "a cluster can't be its own remote: give the kubeconfig of another one"
            )
        }
        if let known = identity.remote, known != uid {
            return Finding(
                "identity",
                .failed,
                "another cluster (\(uid)) than before (\(known))",
                remedy: "give it another name; its node keeps the old one in the annotation martlet.dev/remote-id"
            )
        }
        return Finding("identity", .ok, uid)
    }

    static func failure(_ error: APIError) -> Finding {
        let (check, remedy): (String, String) =
            switch error.code {
            case .tls: ("TLS", "give the cluster's authority (certificate-authority-data), or tls-server-name")
            case .unauthorized: ("credentials", "they have expired or were revoked; martlet join makes new ones")
            case .credentials: ("credentials", "")
            case .unreachable, .timeout, .interrupted: ("reachable", noWay)
            default: ("answers", "")
            }
        return Finding(check, .failed, "\(error)", remedy: remedy)
    }
}
