import Synchronization
import Testing
import Transport

@testable import VirtualNode

@Suite struct SelfSignedIdentityTests {
    @Test func `A certificate is made once, and anew after two thirds of its year`() throws {
        let subject = CertificateSubject(
            commonName: "system:node:us-east",
            organizations: ["system:nodes"],
            ipAddresses: ["10.0.0.7"]
        )
        let (start, year): (Int64, Int64) = (1_000_000, 365 * 86_400)
        let time = Mutex(start)
        let source = SelfSignedIdentity(subject: subject, now: { time.withLock { $0 } })
        let first = try source.identity()
        #expect(try subject.isThat(ofPEM: first.certificatePEM, keyPEM: first.keyPEM))
        #expect(try CertificateValidity(ofPEM: first.certificatePEM) == .lasting(.seconds(year), from: start))

        time.withLock { $0 = start + year / 3 * 2 - 1 }
        #expect(try source.identity() == first)
        time.withLock { $0 += 1 }
        let next = try source.identity()
        #expect(try CertificateValidity(ofPEM: next.certificatePEM).notAfter == start + year / 3 * 2 + year)
        #expect(next.keyPEM != first.keyPEM)
        #expect(try source.identity() == next)
    }
}
