import Testing
import Transport

@testable import KubeClient

@Suite struct TLSFilesTests {
    private let files = InMemoryFiles([
        "/etc/kube/ca": KubeConfigFixture.certificate,
        "/etc/kube/cert": KubeConfigFixture.certificate,
        "/etc/kube/key": KubeConfigFixture.key,
    ])

    private func access() throws -> ClusterAccess {
        try KubeConfigFixture.access(
            cluster: "server: https://one, certificate-authority: ca",
            user: "client-certificate: cert, client-key: key",
            host: KubeConfigFixture.host(files)
        )
    }

    @Test func `Files that have not changed are not read again`() async throws {
        let access = try access()
        let reads = files.reads
        let first = try await access.connection()
        #expect(try await access.connection() == first)
        #expect(files.reads == reads)
    }

    @Test(arguments: ["ca", "cert"])
    func `A file that has changed takes over`(name: String) async throws {
        let access = try access()
        let before = try await access.connection().tls
        files.write(KubeConfigFixture.otherCertificate, to: "/etc/kube/" + name)
        let after = try await access.connection().tls
        let other = Array(KubeConfigFixture.otherCertificate.utf8)
        #expect(before.caPEM != other && before.certificatePEM != other)
        #expect((name == "ca" ? after.caPEM : after.certificatePEM) == other)
    }

    @Test func `What was read stays while a file is being replaced`() async throws {
        let access = try access()
        let before = try await access.connection()
        files.remove("/etc/kube/key")
        #expect(try await access.connection() == before)
        files.write("half a file", to: "/etc/kube/key")
        #expect(try await access.connection() == before)
        files.write(KubeConfigFixture.key + KubeConfigFixture.key, to: "/etc/kube/key")
        #expect(try await access.connection() != before)
    }
}
