internal import FoundationEssentials
internal import KubeClient
internal import KubeModel
internal import Observability
internal import Synchronization
internal import Transport

/// A serving certificate that is asked of the origin, as a kubelet asks for its own: a CertificateSigningRequest of the
/// signer kubernetes.io/kubelet-serving. Nobody approves it by himself; until somebody has, there is no endpoint. Where it
/// can be kept, one that was signed before is shown again.
final class RequestedIdentity: ServingIdentitySource {
    /// How often a request that waits for its approval is looked at.
    private static let interval = Duration.seconds(3)
    /// How long after a refusal another one is made.
    private static let pause = Duration.seconds(15 * 60)

    private struct Shown {
        let identity: ServingIdentity
        /// When the next one is asked for: at a moment of the last third of its life that differs between nodes.
        let renewal: Duration
    }

    private enum Asking {
        /// What was kept was not looked at yet.
        case unread
        case nothing
        case pending(name: String, keyPEM: [UInt8])
        /// Refused; asked again from then on.
        case refused(until: Duration)
    }

    private struct State {
        var shown: Shown?
        var asking = Asking.unread
    }

    private let subject: CertificateSubject
    private let node: String
    private let origin: APIClient
    private let kept: KeptIdentity?
    private let logger: Logger
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Duration
    private let renewalShare: @Sendable () -> Double
    private let state = Mutex(State())

    /// - Parameters:
    ///   - origin: takes the requests.
    ///   - kept: where it is kept; nil for nowhere.
    ///   - now: time since 1970.
    ///   - renewalShare: the part of a certificate's life after which the next one is asked for.
    init(
        subject: CertificateSubject,
        node: String,
        origin: APIClient,
        kept: KeptIdentity? = nil,
        logger: Logger,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Duration = WallClock.sinceEpoch,
        renewalShare: @escaping @Sendable () -> Double = { .random(in: 0.7...0.9) }
    ) {
        self.subject = subject
        self.node = node
        self.origin = origin
        self.kept = kept
        self.logger = logger
        self.clock = clock
        self.now = now
        self.renewalShare = renewalShare
    }

    func identity() async throws -> ServingIdentity {
        while true {
            let shown = state.withLock { $0.shown }
            if let shown, now() < shown.renewal { return shown.identity }
            do {
                try await step()
            } catch let error as APIError {
                logger.warning("Cannot ask for the kubelet endpoint's certificate", ["error": "\(error)"])
            }
            // What is shown serves on while the next one is waited for.
            if let shown = state.withLock({ $0.shown }) { return shown.identity }
            try await clock.sleep(for: Self.interval)
        }
    }

    private func step() async throws {
        switch state.withLock({ $0.asking }) {
        case .unread:
            state.withLock { $0.asking = .nothing }
            if !adoptKept() { try await ask() }
        case .nothing: try await ask()
        case .pending(let name, let keyPEM): try await look(name, keyPEM)
        case .refused(let until):
            if now() >= until { state.withLock { $0.asking = .nothing } }
        }
    }

    private func ask() async throws {
        let key = try PrivateKey.generate()
        let request = Data(try CertificateRequest.make(subject, key: key)).base64EncodedString()
        let object: JSON = [
            "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
            "metadata": ["generateName": .string("martlet-\(node)-")],
            "spec": [
                "request": .string(request), "signerName": "kubernetes.io/kubelet-serving",
                // All three, whatever the key: signers before Kubernetes 1.27 take nothing less.
                "usages": ["digital signature", "key encipherment", "server auth"],
            ],
        ]
        let made = try await origin.create(.certificateSigningRequests, object: object)
        let name = made.at("metadata", "name")?.string ?? ""
        let keyPEM = try key.pem()
        state.withLock { $0.asking = .pending(name: name, keyPEM: keyPEM) }
        logger.info(
            "Asked for the kubelet endpoint's certificate; it waits for its approval",
            ["request": name, "hint": "kubectl certificate approve \(name)"]
        )
    }

    private func look(_ name: String, _ keyPEM: [UInt8]) async throws {
        let request: JSON
        do {
            request = try await origin.get(.certificateSigningRequests, name: name)
        } catch let error as APIError where error.code == .notFound {
            // Requests that nobody decides on are cleared away after a day.
            return state.withLock { $0.asking = .nothing }
        }
        let conditions = Set(request.at("status", "conditions")?.array?.compactMap { $0["type"]?.string } ?? [])
        if !conditions.isDisjoint(with: ["Denied", "Failed"]) {
            logger.error("The kubelet endpoint's certificate was refused", ["request": name])
            return state.withLock { $0.asking = .refused(until: now() + Self.pause) }
        }
        guard let text = request.at("status", "certificate")?.string, let pem = Data(base64Encoded: text) else {
            return
        }
        let identity = ServingIdentity(certificatePEM: Array(pem), keyPEM: keyPEM)
        adopt(identity, try CertificateValidity(ofPEM: identity.certificatePEM))
        logger.info("The kubelet endpoint has a certificate", ["request": name])
        do {
            try kept?.write(identity)
        } catch {
            logger.warning("The kubelet endpoint's certificate could not be kept", ["error": "\(error.reason)"])
        }
    }

    /// - Returns: whether there was one that is good still.
    private func adoptKept() -> Bool {
        do {
            guard let identity = try kept?.read() else { return false }
            let validity = try CertificateValidity(ofPEM: identity.certificatePEM)
            guard now() < .seconds(validity.notAfter),
                try subject.isThat(ofPEM: identity.certificatePEM, keyPEM: identity.keyPEM)
            else { return false }
            adopt(identity, validity)
            logger.info("The kubelet endpoint shows the certificate that was kept")
            return true
        } catch {
            logger.warning("The kubelet endpoint's kept certificate is of no use", ["error": "\(error)"])
            return false
        }
    }

    private func adopt(_ identity: ServingIdentity, _ validity: CertificateValidity) {
        let life = Double(validity.notAfter - validity.notBefore)
        let renewal = Duration.seconds(Double(validity.notBefore) + life * renewalShare())
        state.withLock { $0 = State(shown: Shown(identity: identity, renewal: renewal), asking: .nothing) }
    }
}
