import KubeClient
import KubeModel
import TestSupport
import Testing

@testable import Administration

@Suite(.timeLimit(.minutes(1))) struct CheckTests {
    @Test(arguments: [
        ("v1.20.2", Finding.Result.ok), ("v1.36.3", .ok), ("v1.31.2-gke.1", .ok), ("v1.31+", .ok), ("v1.19.9", .failed),
        ("v1.37.0", .warning), ("v2.0.0", .warning), ("v0.9.1", .failed), ("", .warning), ("devel", .warning),
    ])
    func `A release is known, too old, or newer than what was tried`(version: String, result: Finding.Result) {
        #expect(ReleaseCheck.finding(version).result == result)
    }

    @Test(
        arguments: [
            (1000.0, 1000, Finding.Result.ok), (1000, 1005, .ok), (1000, 1006, .warning), (1000, 990, .warning),
            (1000, 1301, .failed), (1000, 600, .failed), (nil, 1000, .warning),
        ] as [(Double?, Int, Finding.Result)]
    )
    func `Clocks agree, differ, or differ by too much`(server: Double?, now: Int, result: Finding.Result) {
        #expect(ClockCheck.finding(server: server, now: .seconds(now)).result == result)
    }

    @Test func `A right is asked for by verb, subresource, name and place`() {
        let permission = Permission(["get", "patch"], ["pods/log"], group: "apps", names: ["a"], for: "tests")
        let reviews = permission.reviews(in: "shop")
        #expect(reviews.map(\.verb) == ["get", "patch"])
        let attributes: JSON = [
            "verb": "get", "group": "apps", "resource": "pods", "subresource": "log", "name": "a", "namespace": "shop",
        ]
        #expect(reviews[0].spec == ["resourceAttributes": attributes])
        let path = Permission(paths: ["/version"], for: "tests").reviews(in: nil)
        #expect(path.map(\.spec) == [["nonResourceAttributes": ["path": "/version", "verb": "get"]]])
    }

    @Test func `What is missing is told with what it is for, or with what is lost`() {
        let needed = Permission(["get", "list"], ["pods"], for: "delegates")
        let denied = [needed.reviews(in: nil)[1]]
        let finding = PermissionCheck.finding(needed, nil, denied: denied, remedy: "apply it")
        #expect(
            finding == Finding("may get, list pods", .failed, "may not list pods, for delegates", remedy: "apply it")
        )
        let wide = Permission(["get"], ["nodes/proxy"], for: "use", .optional(loss: "it is guessed"))
        let optional = PermissionCheck.finding(wide, nil, denied: wide.reviews(in: nil), remedy: "")
        #expect(optional.result == .optional)
        #expect(optional.detail.hasSuffix("without it it is guessed"))
    }

    @Test func `What no feature of the configuration uses is not asked for`() {
        let roles = AccessRole.origin()
        func asked(_ features: Set<Permission.Feature>) -> Int {
            roles.flatMap(\.permissions).count { $0.isOfUse(with: features) }
        }
        #expect(asked([]) == roles.flatMap(\.permissions).count - 8)
        #expect(asked([.kubelet]) == asked([]) + 2)
        #expect(asked([.leaderElection]) == asked([]) + 2)
        #expect(asked([.originAccounts, .annotations]) == asked([]) + 2)
    }

    private func check(_ cluster: ScriptedCluster, identity: ClusterCheck.Identity = .init()) throws -> ClusterCheck {
        ClusterCheck(
            cluster: "west",
            access: try KubeConfig.parse(yaml: kubeconfig, file: "test", environment: [:]),
            client: cluster.client(),
            roles: [.remote, .remoteKubelets],
            features: [.kubelet],
            identity: identity
        )
    }

    private var system: JSON {
        ["kind": "Namespace", "metadata": ["name": "kube-system", "uid": "uid-west"]]
    }

    private func allow(_ cluster: ScriptedCluster, but denied: String? = nil) {
        let allowed: JSON = ["status": ["allowed": true]]
        cluster.fault(.answer(allowed)) { request in
            guard request.resource == "selfsubjectaccessreviews" else { return false }
            return request.body.at("spec", "resourceAttributes", "resource")?.string != denied || denied == nil
        }
        cluster.fault(.answer(["status": ["allowed": false]])) { $0.resource == "selfsubjectaccessreviews" }
    }

    @Test func `A cluster that allows everything is good`() async throws {
        let cluster = ScriptedCluster("west", objects: [system])
        allow(cluster)
        let report = try await check(cluster).run(within: .seconds(30))
        #expect(report.isGood)
        #expect(report.findings.map(\.check).prefix(5) == ["TLS", "reachable", "release", "clock", "identity"])
        let table = [report].table
        #expect(table.hasPrefix("CLUSTER"))
        #expect(table.contains("may list, watch nodes"))
        #expect([report].json.at("clusters")?[0]?["good"] == true)
    }

    @Test func `Of a right that is missing only what is needed makes the cluster bad`() async throws {
        for (resource, isGood) in [("persistentvolumeclaims", false), ("events", true)] {
            let cluster = ScriptedCluster("west", objects: [system])
            allow(cluster, but: resource)
            let report = try await check(cluster).run(within: .seconds(30))
            #expect(report.isGood == isGood)
            let findings = report.findings.filter { $0.check.contains(resource) }
            #expect(findings.map(\.result) == [isGood ? .optional : .failed])
            #expect(findings.map(\.remedy) == ["kubectl apply -f docs/rbac/remote.yaml gives it"])
        }
    }

    @Test func `A cluster that hangs is told when its time is over`() async throws {
        let cluster = ScriptedCluster("west", objects: [system])
        cluster.fault(.hold) { $0.resource == "namespaces" }
        let report = try await check(cluster).run(within: .milliseconds(50))
        #expect(!report.isGood)
        #expect(report.findings.last?.check == "time")
        #expect(report.findings.contains { $0.check == "reachable" && $0.result == .ok })
    }

    @Test func `One that can't be reached, or does not know us, says so and nothing else`() async throws {
        let away = ScriptedCluster("west")
        away.fault(.unreachable) { _ in true }
        #expect(try await check(away).run(within: .seconds(30)).findings.map(\.check) == ["TLS", "reachable"])
        let strict = ScriptedCluster("west")
        strict.fault(.refuse(401, reason: "Unauthorized")) { _ in true }
        #expect(try await check(strict).run(within: .seconds(30)).findings.map(\.check) == ["TLS", "credentials"])
    }

    @Test(arguments: [
        (ClusterCheck.Identity(origin: "uid-west"), Finding.Result.failed), (.init(remote: "other"), .failed),
        (.init(origin: "other", remote: "uid-west"), .ok), (.init(), .ok),
    ])
    func `A remote that is the origin, or another cluster than before, is refused`(
        identity: ClusterCheck.Identity,
        result: Finding.Result
    ) {
        #expect(ClusterCheck.identityFinding("uid-west", identity).result == result)
    }

    @Test(arguments: [
        (ClusterAccess.Trust.ownAuthority, Finding.Result.ok), (.systemAuthorities, .ok), (.unverified, .failed),
        (.clear, .failed),
    ])
    func `TLS without verification is no TLS`(trust: ClusterAccess.Trust, result: Finding.Result) {
        #expect(ClusterCheck.trustFinding(trust).result == result)
    }
}

/// A kubeconfig of a cluster that nobody reaches.
let kubeconfig = """
    current-context: west
    clusters: [{name: west, cluster: {server: "https://192.0.2.1:6443"}}]
    users: [{name: west, user: {token: administrator}}]
    contexts: [{name: west, context: {cluster: west, user: west}}]
    """
