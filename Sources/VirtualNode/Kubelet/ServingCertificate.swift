internal import KubeClient
internal import Observability
internal import Synchronization
internal import Transport

/// Where the certificate that a kubelet endpoint shows comes from.
package enum ServingCertificate: Sendable, Hashable {
    /// Two files in PEM, read again when they change.
    case files(certificate: String, key: String)
    /// Asked of the origin, by a CertificateSigningRequest that somebody must approve, and renewed before its end.
    case requested
    /// Signed by an authority that nobody knows: for API servers that do not check.
    case selfSigned
}

/// A certificate with its key, as ``TLSServerContext`` takes them.
struct ServingIdentity: Sendable, Hashable {
    let certificatePEM: [UInt8]
    let keyPEM: [UInt8]
}

/// Gives the certificate of one node's endpoint.
protocol ServingIdentitySource: Sendable {
    /// The certificate to be shown now; cheap when it is the same as before.
    func identity() async throws -> ServingIdentity
}

extension KubeletHost {
    /// What gives one node's endpoint its certificate. To be made once: it holds what was approved.
    func makeIdentitySource(for settings: NodeSettings, logger: Logger) -> any ServingIdentitySource {
        // Whom the certificate is for (kubernetes.io/kubelet-serving).
        let subject = CertificateSubject(
            commonName: "system:node:\(settings.name)",
            organizations: ["system:nodes"],
            dnsNames: [],
            ipAddresses: settings.address.map { [$0] } ?? []
        )
        return switch certificate {
        case .files(let certificate, let key): FileIdentity(certificate: certificate, key: key)
        case .requested:
            RequestedIdentity(
                subject: subject,
                node: settings.name,
                origin: origin,
                kept: certificateDirectory.map { KeptIdentity(directory: $0, node: settings.name) },
                logger: logger
            )
        case .selfSigned: SelfSignedIdentity(subject: subject)
        }
    }
}

/// Reads the certificate from files that others keep up to date.
struct FileIdentity: ServingIdentitySource {
    let certificate: String
    let key: String

    func identity() throws -> ServingIdentity {
        ServingIdentity(certificatePEM: try Self.bytes(of: certificate), keyPEM: try Self.bytes(of: key))
    }

    /// Bundles of hundreds of certificates stay well below this.
    private static let limit = 1 << 20

    static func bytes(of path: String) throws -> [UInt8] {
        do {
            return try LocalFiles().read(path, limit: limit)
        } catch {
            throw ServingCertificateError(message: "\(path) \(error.reason)")
        }
    }
}

/// A certificate that is made when it is asked for, and anew after two thirds of its life.
final class SelfSignedIdentity: ServingIdentitySource {
    private struct Made {
        let identity: ServingIdentity
        let renewal: Int64
    }

    private let subject: CertificateSubject
    private let now: @Sendable () -> Int64
    private let made = Mutex<Made?>(nil)

    /// - Parameter now: seconds since 1970.
    init(
        subject: CertificateSubject,
        now: @escaping @Sendable () -> Int64 = { WallClock.sinceEpoch().components.seconds }
    ) {
        self.subject = subject
        self.now = now
    }

    /// - Throws: `X509Error`.
    func identity() throws -> ServingIdentity {
        let present = now()
        if let made = made.withLock({ $0 }), made.renewal > present { return made.identity }
        let validity = CertificateValidity.lasting(Self.life, from: present)
        let authority = try CertificateAuthority.create(commonName: "martlet", validity: validity)
        let issued = try authority.issue(subject, usages: .serverAuth, validity: validity)
        let identity = ServingIdentity(certificatePEM: issued.certificatePEM, keyPEM: issued.keyPEM)
        let renewal = present + Self.life.components.seconds / 3 * 2
        made.withLock { $0 = Made(identity: identity, renewal: renewal) }
        return identity
    }

    /// A year.
    private static let life = Duration.seconds(365 * 86_400)
}

/// Why there is no certificate to show.
struct ServingCertificateError: Error, CustomStringConvertible {
    let message: String

    var description: String { message }
}
