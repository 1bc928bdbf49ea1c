import KubeModel
import TestSupport

@testable import KubeClient

/// Kubeconfigs for tests.
enum KubeConfigFixture {
    static let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    static let otherCertificate = "-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n"
    static let key = "-----BEGIN PRIVATE KEY-----\nCCCC\n-----END PRIVATE KEY-----\n"

    /// One context with what the test says of its cluster and its user, as members in flow style.
    static func config(cluster: String = "server: https://one:6443", user: String = "") -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: main
        contexts:
        - name: main
          context: {cluster: one, user: me}
        clusters:
        - name: one
          cluster: {\(cluster)}
        users:
        - name: me
          user: {\(user)}
        """
    }

    static func host(
        _ files: InMemoryFiles = InMemoryFiles(),
        programs: any ProgramRunning = ScriptedPrograms(),
        clock: ManualClock = ManualClock(),
        wallTime: @escaping @Sendable () -> Double = { 0 }
    ) -> AccessHost {
        AccessHost(files: files, programs: programs, wallTime: wallTime, clock: clock)
    }

    static func access(
        cluster: String = "server: https://one:6443",
        user: String = "",
        environment: [String: String] = [:],
        host: AccessHost = host()
    ) throws(KubeConfigError) -> ClusterAccess {
        let text = config(cluster: cluster, user: user)
        return try KubeConfig.parse(yaml: text, file: "/etc/kube/config", environment: environment, host: host)
    }

    static func headers(_ access: ClusterAccess) async throws -> [String] {
        try await access.headers().map { "\($0.name): \($0.value)" }
    }
}
