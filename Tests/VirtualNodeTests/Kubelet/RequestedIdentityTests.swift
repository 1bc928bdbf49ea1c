import Foundation
import KubeClient
import KubeModel
import Synchronization
import TestSupport
import Testing
import Transport

@testable import VirtualNode

/// An origin that signs what it is asked to, when the test lets it.
@Suite(.timeLimit(.minutes(1))) struct RequestedIdentityTests {
    private final class Signer: Sendable {
        let status = Mutex<JSON?>(nil)
        let clock = ManualClock()
        let time = Mutex(Duration.seconds(1_000_000))
        let names = Mutex(0)

        func origin() -> ScriptedOrigin {
            ScriptedOrigin { [self] call in
                if call.method == "POST" {
                    let number = names.withLock { number in
                        number += 1
                        return number
                    }
                    return (201, ["metadata": ["name": .string("request-\(number)")]])
                }
                guard let status = status.withLock({ $0 }) else { return (200, [:]) }
                return (200, ["status": status])
            }
        }

        func identity(
            _ origin: ScriptedOrigin,
            kept: KeptIdentity? = nil,
            address: String = "10.0.0.7"
        ) -> RequestedIdentity {
            let subject = CertificateSubject(
                commonName: "system:node:us-east",
                organizations: ["system:nodes"],
                ipAddresses: [address]
            )
            return RequestedIdentity(
                subject: subject,
                node: "us-east",
                origin: origin.client(),
                kept: kept,
                logger: InMemoryLogSink().logger(),
                clock: clock,
                now: { [self] in time.withLock { $0 } },
                renewalShare: { 0.8 }
            )
        }

        /// Signs for so many seconds from now on.
        func sign(lasting seconds: Int64) throws -> [UInt8] {
            let now = time.withLock { $0 }.components.seconds
            let validity = CertificateValidity(notBefore: now, notAfter: now + seconds)
            let issued = try CertificateAuthority.create(commonName: "ca")
                .issue(commonName: "system:node:us-east", usages: .serverAuth, validity: validity)
            status.withLock { $0 = ["certificate": .string(Data(issued.certificatePEM).base64EncodedString())] }
            return issued.certificatePEM
        }
    }

    @Test func `A certificate is asked for as by kubelets, shown once signed, and renewed in time`() async throws {
        let signer = Signer()
        let origin = signer.origin()
        let identity = signer.identity(origin)
        async let waiting = identity.identity()
        await signer.clock.waitForSleepers()
        let request = try #require(origin.asked.first)
        #expect(request.line == "POST /apis/certificates.k8s.io/v1/certificatesigningrequests")
        #expect(request.body.at("spec", "signerName") == "kubernetes.io/kubelet-serving")
        #expect(request.body.at("spec", "usages") == ["digital signature", "key encipherment", "server auth"])
        let pem = try signer.sign(lasting: 1000)
        signer.clock.advance(by: .seconds(3))
        let first = try await waiting
        #expect(first.certificatePEM == pem)

        let asked = origin.asked.count
        signer.time.withLock { $0 += .seconds(799) }
        #expect(try await identity.identity() == first)
        #expect(origin.asked.count == asked)
        signer.time.withLock { $0 += .seconds(2) }
        // The next one is asked for while the first is shown, and shown when it is there.
        #expect(try await identity.identity() == first)
        #expect(origin.asked.count == asked + 1)
        let next = try signer.sign(lasting: 1000)
        #expect(try await identity.identity().certificatePEM == next)
        #expect(try await identity.identity().keyPEM != first.keyPEM)
    }

    @Test func `After a refusal nothing is asked for a while`() async throws {
        let signer = Signer()
        signer.status.withLock { $0 = ["conditions": [["type": "Denied"]]] }
        let origin = signer.origin()
        let identity = signer.identity(origin)
        let task = Task { try await identity.identity() }
        for _ in 0..<5 {
            await signer.clock.waitForSleepers()
            signer.clock.advance(by: .seconds(3))
        }
        await signer.clock.waitForSleepers()
        #expect(origin.asked.map(\.method) == ["POST", "GET"])
        signer.time.withLock { $0 += .seconds(15 * 60) }
        for _ in 0..<2 {
            signer.clock.advance(by: .seconds(3))
            await signer.clock.waitForSleepers()
        }
        #expect(origin.asked.map(\.method) == ["POST", "GET", "POST"])
        task.cancel()
        _ = await task.result
    }

    // MARK: - Kept

    /// A folder of the test's, for as long as `body` runs.
    private func keeping(_ body: (KeptIdentity) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-kept-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // Only scratch files are lost track of.
        try await body(KeptIdentity(directory: folder.path, node: "us-east"))
    }

    /// A certificate for 10.0.0.7 that is good for a thousand seconds from now on.
    private func issued(_ signer: Signer) throws -> ServingIdentity {
        let now = signer.time.withLock { $0 }.components.seconds
        let issued = try CertificateAuthority.create(commonName: "ca").issue(
            commonName: "system:node:us-east",
            ipAddresses: ["10.0.0.7"],
            usages: .serverAuth,
            validity: CertificateValidity(notBefore: now, notAfter: now + 1000)
        )
        return ServingIdentity(certificatePEM: issued.certificatePEM, keyPEM: issued.keyPEM)
    }

    @Test func `What was approved is kept for its owner alone`() async throws {
        try await keeping { kept in
            let signer = Signer()
            let identity = signer.identity(signer.origin(), kept: kept)
            async let waiting = identity.identity()
            await signer.clock.waitForSleepers()
            let pem = try signer.sign(lasting: 1000)
            signer.clock.advance(by: .seconds(3))
            let shown = try await waiting
            #expect(try kept.read()?.certificatePEM == pem + shown.keyPEM)
            let file = "\(kept.directory)/us-east.pem"
            #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func `What was kept is shown after a new start, and nobody is asked`() async throws {
        try await keeping { kept in
            let signer = Signer()
            try kept.write(issued(signer))
            let origin = signer.origin()
            let shown = try await signer.identity(origin, kept: kept).identity()
            #expect(origin.asked.isEmpty)
            #expect(throws: Never.self) {
                try TLSServerContext(
                    certificatePEM: shown.certificatePEM,
                    keyPEM: shown.keyPEM,
                    clientAuthoritiesPEM: nil
                )
            }
        }
    }

    @Test(arguments: ["past its end", "of another address", "of another key", "broken"])
    func `What was kept and is of no use is asked for anew`(reason: String) async throws {
        try await keeping { kept in
            let signer = Signer()
            let good = try issued(signer)
            let other = try issued(signer)
            let identity =
                reason == "of another key"
                ? ServingIdentity(certificatePEM: good.certificatePEM, keyPEM: other.keyPEM) : good
            try kept.write(identity)
            if reason == "past its end" { signer.time.withLock { $0 += .seconds(1001) } }
            let file = "\(kept.directory)/us-east.pem"
            if reason == "broken" { try LocalFiles().replace(file, with: Array("-----BEGIN".utf8)) }
            let address = reason == "of another address" ? "10.0.0.8" : "10.0.0.7"
            let origin = signer.origin()
            let asking = signer.identity(origin, kept: kept, address: address)
            let task = Task { try await asking.identity() }
            await signer.clock.waitForSleepers()
            #expect(origin.asked.map(\.method) == ["POST"])
            task.cancel()
            _ = await task.result
        }
    }
}
