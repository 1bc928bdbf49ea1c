import Synchronization
import TestSupport
import Testing

@testable import KubeClient

@Suite struct RenewableAccessTests {
    private let files = InMemoryFiles(["/config": KubeConfigFixture.config(user: "token: one")])
    private let clock = ManualClock()
    private let renewals = Renewals()

    /// What was told of the renewals.
    private final class Renewals: Sendable {
        let texts = Mutex<[String]>([])
    }

    private func access() throws -> RenewableAccess<KubeConfigFiles> {
        let host = KubeConfigFixture.host(files, clock: clock)
        return try RenewableAccess(KubeConfigFiles(path: "/config", environment: [:], host: host), clock: clock) {
            result in
            let text: String
            switch result {
            case .success(let access): text = access.server
            case .failure(let error): text = "\(error)"
            }
            renewals.texts.withLock { $0.append(text) }
        }
    }

    private func token(_ access: RenewableAccess<KubeConfigFiles>) async throws -> String? {
        try await access.headers().first?.value
    }

    @Test func `What changes in the kubeconfig counts from a second later on`() async throws {
        let access = try access()
        #expect(try await token(access) == "Bearer one")
        files.write(KubeConfigFixture.config(cluster: "server: https://two:6443", user: "token: two"), to: "/config")
        #expect(try await token(access) == "Bearer one")
        clock.advance(by: .seconds(1))
        #expect(try await token(access) == "Bearer two")
        #expect(access.server == "https://two:6443")
        #expect(renewals.texts.withLock { $0 } == ["https://two:6443"])
    }

    @Test func `What the server refused is looked for at once`() async throws {
        let access = try access()
        files.write(KubeConfigFixture.config(user: "token: two"), to: "/config")
        await access.invalidateCredentials()
        #expect(try await token(access) == "Bearer two")
    }

    @Test func `What has not changed is not read again`() async throws {
        let access = try access()
        let reads = files.reads
        clock.advance(by: .seconds(60))
        #expect(try await token(access) == "Bearer one")
        #expect(files.reads == reads)
    }

    @Test(arguments: ["clusters: {", nil])
    func `What is of no use, or gone, is told once, and the one before stays`(text: String?) async throws {
        let access = try access()
        if let text { files.write(text, to: "/config") } else { files.remove("/config") }
        for _ in 0..<3 {
            clock.advance(by: .seconds(1))
            #expect(try await token(access) == "Bearer one")
        }
        #expect(renewals.texts.withLock { $0.count } == 1)
        #expect(renewals.texts.withLock { $0.first?.contains("/config") } == true)
        files.write(KubeConfigFixture.config(user: "token: two"), to: "/config")
        clock.advance(by: .seconds(1))
        #expect(try await token(access) == "Bearer two")
    }

    @Test func `There must be something to begin with`() {
        files.remove("/config")
        #expect(throws: KubeConfigError.self) { try access() }
    }

    /// What a kubeconfig from elsewhere has, and the field that is refused.
    @Test(
        arguments: [
            ("certificate-authority: /etc/passwd", "token: t", "certificate-authority"),
            ("", "client-certificate: a, client-key: b", "client-certificate"),
            ("", "tokenFile: /var/run/secrets/token", "tokenFile"),
            ("", "exec: {apiVersion: client.authentication.k8s.io/v1, command: sh}", "exec"),
        ]
    )
    func `A kubeconfig from elsewhere names no file and no program`(cluster: String, user: String, field: String) {
        let members = ["server: https://one:6443", cluster].filter { !$0.isEmpty }.joined(separator: ", ")
        let text = KubeConfigFixture.config(cluster: members, user: user)
        let error = #expect(throws: KubeConfigError.self) {
            try KubeConfig.parse(
                yaml: text,
                file: "Secret a/b",
                isSelfContained: true,
                environment: [:],
                host: KubeConfigFixture.host(files)
            )
        }
        #expect(error?.field == field)
        #expect(error?.code == .unsupported)
    }

    @Test func `One that has all in itself is taken`() async throws {
        let access = try KubeConfig.parse(
            yaml: KubeConfigFixture.config(user: "token: t"),
            file: "Secret a/b",
            isSelfContained: true,
            environment: [:]
        )
        #expect(try await KubeConfigFixture.headers(access) == ["Authorization: Bearer t"])
    }
}
