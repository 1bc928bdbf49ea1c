import Testing
import Transport

@testable import KubeClient

@Suite struct InClusterTests {
    private static let folder = "/var/run/secrets/kubernetes.io/serviceaccount"
    private static let environment = ["KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"]

    private static func files() -> InMemoryFiles {
        InMemoryFiles([
            folder + "/token": "bound",
            folder + "/ca.crt": KubeConfigFixture.certificate,
            folder + "/namespace": "martlet-system\n",
        ])
    }

    private static func load(
        _ files: InMemoryFiles = files(),
        _ environment: [String: String] = environment,
        context: String? = nil
    ) throws(KubeConfigError) -> ClusterAccess {
        try KubeConfig.load(context: context, environment: environment, host: KubeConfigFixture.host(files))
    }

    @Test func `Without a kubeconfig the service account is used`() async throws {
        let files = Self.files()
        let access = try Self.load(files)
        #expect(access.server == "https://10.0.0.1:443")
        #expect(access.contextName == nil)
        #expect(access.namespace == "martlet-system")
        #expect(try await access.connection().tls.caPEM == Array(KubeConfigFixture.certificate.utf8))
        #expect(try await KubeConfigFixture.headers(access) == ["Authorization: Bearer bound"])
        files.write("rotated", to: Self.folder + "/token")
        await access.invalidateCredentials()
        #expect(try await KubeConfigFixture.headers(access) == ["Authorization: Bearer rotated"])
    }

    @Test func `An address of IPv6 stands in brackets`() throws {
        let environment = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]
        #expect(try Self.load(Self.files(), environment).server == "https://[fd00::1]:443")
    }

    @Test func `A kubeconfig goes before the service account`() throws {
        let files = Self.files()
        files.write(KubeConfigFixture.config(), to: "/config")
        let environment = Self.environment.merging(["KUBECONFIG": "/config"]) { $1 }
        #expect(try Self.load(files, environment).server == "https://one:6443")
    }

    @Test func `The namespace may come from elsewhere`() throws {
        let files = Self.files()
        #expect(try Self.load(files, Self.environment.merging(["POD_NAMESPACE": "x"]) { $1 }).namespace == "x")
        files.remove(Self.folder + "/namespace")
        #expect(try Self.load(files).namespace == "default")
    }

    @Test func `A context that was asked for is not replaced by the service account`() {
        #expect(throws: KubeConfigError.self) { try Self.load(context: "prod") }
    }

    @Test func `Without a token there is no service account`() throws {
        let files = Self.files()
        files.remove(Self.folder + "/token")
        let error = try #require(throws: KubeConfigError.self) { try Self.load(files) }
        #expect(error.code == .notConfigured)
    }

    @Test func `A service account without its certificate authority is told`() throws {
        let files = Self.files()
        files.remove(Self.folder + "/ca.crt")
        let error = try #require(throws: KubeConfigError.self) { try Self.load(files) }
        #expect(error.description.contains("ca.crt: there is no such file"))
    }
}
