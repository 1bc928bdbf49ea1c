import Lifecycle
import Observability
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Admission

@Suite(.timeLimit(.minutes(1))) struct AdmissionServiceTests {
    private let authority: CertificateAuthority
    private let client: CurlHTTPClient

    init() throws {
        authority = try .create(commonName: "authority")
        client = try .start()
    }

    /// What the webhook shows.
    private func identity(of issuer: CertificateAuthority? = nil) throws -> IssuedCertificate {
        try (issuer ?? authority).issue(commonName: "webhook", ipAddresses: ["127.0.0.1"], usages: .serverAuth)
    }

    private func material(_ identity: IssuedCertificate, clients: CertificateAuthority) -> ServerMaterial {
        ServerMaterial(
            certificatePEM: identity.certificatePEM,
            keyPEM: identity.keyPEM,
            clientAuthoritiesPEM: clients.certificatePEM
        )
    }

    /// A webhook that answers whose certificate it believes.
    private func service(
        on loop: ConnectionLoop,
        _ clock: ManualClock,
        _ log: InMemoryLogSink,
        metrics: MetricsRegistry = MetricsRegistry(),
        onListening: @escaping @Sendable () -> Void = {},
        read: @escaping @Sendable () throws -> ServerMaterial
    ) -> AdmissionService {
        AdmissionService(
            on: loop,
            host: "127.0.0.1",
            port: 0,
            endpoint: AdmissionEndpoint(
                clusterAnnotations: [],
                tolerations: [],
                believesOnlyCertificates: true,
                logger: log.logger(),
                metrics: metrics
            ),
            logger: log.logger(),
            metrics: metrics,
            clock: clock,
            onListening: onListening,
            read: read
        )
    }

    /// The port that the log tells, once it does.
    private func port(in log: InMemoryLogSink) async throws -> String {
        try await log.wait(for: "The webhook listens")
        return try #require(log.records.first { $0.message == "The webhook listens" }?.metadata["port"])
    }

    /// The status of an answer to a body that is no review: 400 for whoever is believed.
    private func status(
        _ method: String,
        _ path: String,
        _ port: String,
        as user: IssuedCertificate?,
        believing authorities: [UInt8]? = nil
    ) async throws -> Int {
        let tls = TLSOptions(
            caPEM: authorities ?? authority.certificatePEM,
            certificatePEM: user?.certificatePEM,
            keyPEM: user?.keyPEM
        )
        let request = HTTPRequest(
            method: method,
            url: "https://127.0.0.1:\(port)\(path)?timeout=10s",
            body: method == "POST" ? Array("{}".utf8) : nil
        )
        return try await client.send(request, over: ConnectionOptions(tls: tls)).head.status
    }

    @Test func `Only believed certificates are answered, of a new authority once it is in the file`() async throws {
        let next = try CertificateAuthority.create(commonName: "next")
        let identity = try identity()
        let (first, second) = (material(identity, clients: authority), material(identity, clients: next))
        let file = Mutex(first)
        let (clock, log, loop) = (ManualClock(), InMemoryLogSink(), try ConnectionLoop.start())
        let service = service(on: loop, clock, log) { file.withLock { $0 } }
        let known = try authority.issue(commonName: "kube-apiserver", usages: .clientAuth)
        let coming = try next.issue(commonName: "kube-apiserver", usages: .clientAuth)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = await #expect(throws: CancellationError.self) { try await service.run() } }
            let port = try await port(in: log)
            #expect(try await status("POST", "/pods", port, as: known) == 400)
            #expect(try await status("POST", "/pods", port, as: coming) == 401)
            #expect(try await status("POST", "/pods", port, as: nil) == 401)
            #expect(try await status("GET", "/healthz", port, as: nil) == 200)
            file.withLock { $0 = second }
            await clock.waitForSleepers()
            clock.advance(by: .seconds(10))
            try await log.wait(for: "The webhook shows and believes new certificates")
            // Whatever connection this takes, what comes after it is a new one.
            #expect(try await status("GET", "/healthz", port, as: nil) == 200)
            #expect(try await status("POST", "/pods", port, as: coming) == 400)
            #expect(try await status("POST", "/pods", port, as: known) == 401)
            group.cancelAll()
        }
        await loop.stop()
        await client.shutdown()
    }

    @Test func `Of a certificate without its key is told once, and the one before is shown until a good one comes`()
        async throws
    {
        let next = try CertificateAuthority.create(commonName: "next")
        let (old, new) = (try identity(), try identity(of: next))
        let torn = ServerMaterial(
            certificatePEM: old.certificatePEM,
            keyPEM: new.keyPEM,
            clientAuthoritiesPEM: authority.certificatePEM
        )
        let (first, good) = (material(old, clients: authority), material(new, clients: authority))
        let file = Mutex(first)
        let (clock, log, loop) = (ManualClock(), InMemoryLogSink(), try ConnectionLoop.start())
        let service = service(on: loop, clock, log) { file.withLock { $0 } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = await #expect(throws: CancellationError.self) { try await service.run() } }
            let port = try await port(in: log)
            file.withLock { $0 = torn }
            for _ in 0..<2 {
                await clock.waitForSleepers()
                clock.advance(by: .seconds(10))
                try await log.wait(for: "New certificates of the webhook are of no use")
                #expect(try await status("GET", "/healthz", port, as: nil) == 200)
            }
            // It has looked twice.
            await clock.waitForSleepers()
            #expect(log.messages.count { $0 == "New certificates of the webhook are of no use" } == 1)
            #expect(!log.messages.contains("The webhook shows and believes new certificates"))
            file.withLock { $0 = good }
            clock.advance(by: .seconds(10))
            try await log.wait(for: "The webhook shows and believes new certificates")
            // Whatever connection this takes, what comes after it is a new one.
            let both = authority.certificatePEM + next.certificatePEM
            #expect(try await status("GET", "/healthz", port, as: nil, believing: both) == 200)
            #expect(try await status("GET", "/healthz", port, as: nil, believing: next.certificatePEM) == 200)
            group.cancelAll()
        }
        await loop.stop()
        await client.shutdown()
    }

    @Test func `It tells when it listens, and until when the certificate is good that it shows`() async throws {
        let metrics = MetricsRegistry()
        let listens = Mutex(false)
        let (clock, log, loop) = (ManualClock(), InMemoryLogSink(), try ConnectionLoop.start())
        let (ends, name) = ([4e9, 5e9], "martlet_webhook_certificate_expiration_timestamp_seconds")
        let materials = try ends.map { end in
            let validity = CertificateValidity(notBefore: 0, notAfter: Int64(end))
            let identity = try authority.issue(commonName: "webhook", usages: .serverAuth, validity: validity)
            return material(identity, clients: authority)
        }
        let file = Mutex(materials[0])
        let service = service(on: loop, clock, log, metrics: metrics) {
            listens.withLock { $0 = true }
        } read: {
            file.withLock { $0 }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = await #expect(throws: CancellationError.self) { try await service.run() } }
            _ = try await port(in: log)
            #expect(listens.withLock { $0 })
            #expect(metrics.gauge(name, help: "").value == ends[0])
            file.withLock { $0 = materials[1] }
            await clock.waitForSleepers()
            clock.advance(by: .seconds(10))
            try await log.wait(for: "The webhook shows and believes new certificates")
            #expect(metrics.gauge(name, help: "").value == ends[1])
            group.cancelAll()
        }
        await loop.stop()
        await client.shutdown()
    }

    @Test func `Asked to stop, it answers for five seconds more`() async throws {
        let (clock, log, loop) = (ManualClock(), InMemoryLogSink(), try ConnectionLoop.start())
        let material = material(try identity(), clients: authority)
        let service = service(on: loop, clock, log) { material }
        let known = try authority.issue(commonName: "kube-apiserver", usages: .clientAuth)
        let stop = ShutdownSignal()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await ShutdownSignal.$current.withValue(stop) { try await service.run() } }
            let port = try await port(in: log)
            #expect(try await status("GET", "/healthz", port, as: nil) == 200)
            await clock.waitForSleepers()
            stop.trigger()
            // The certificates are looked at all the while.
            await clock.waitForSleepers(count: 2)
            clock.advance(by: .seconds(4))
            // A connection of its own, for there was none with this certificate.
            #expect(try await status("POST", "/pods", port, as: known) == 400)
            clock.advance(by: .seconds(1))
            try await group.waitForAll()
        }
        await loop.stop()
        await client.shutdown()
    }
}
