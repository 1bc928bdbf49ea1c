import KubeClient
import KubeModel
import Synchronization
import TestSupport
import Testing

@testable import Administration

@Suite(.timeLimit(.minutes(1))) struct JoinTests {
    private let origin = ScriptedCluster("origin", objects: [Self.system("uid-origin")])
    private let remote = ScriptedCluster("west", objects: [Self.system("uid-west")])
    private let said = Said()

    /// What a command told.
    private final class Said: Sendable {
        private let lines = Mutex<[String]>([])

        var text: String { lines.withLock { $0.joined(separator: "\n") } }

        func clear() { lines.withLock { $0 = [] } }

        var report: Report {
            let note: @Sendable (String) -> Void = { [self] line in lines.withLock { $0.append(line) } }
            return Report(done: note, note: note)
        }
    }

    private static func system(_ uid: String) -> JSON {
        ["kind": "Namespace", "metadata": ["name": "kube-system", "uid": .string(uid)]]
    }

    private func join(_ settings: String? = "region: us\n") throws -> Join {
        let access = try KubeConfig.parse(yaml: kubeconfig, file: "test", environment: [:])
        return Join(
            JoinPlan(cluster: "west", settings: settings, namespace: "clusters", withKubelets: false),
            origin: origin.client(),
            remote: remote.client(),
            access: access,
            makeClient: { [remote] _ in remote.client() },
            report: said.report
        )
    }

    /// The remote allows everything, and its controller fills the token's Secret.
    private func serve() {
        remote.fault(.answer(["status": ["allowed": true]])) { $0.resource == "selfsubjectaccessreviews" }
    }

    private func withTokens<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        let key = ObjectKey(namespace: "martlet", name: "martlet-west-uid-orig")
        async let filled: Void = remote.until { [remote] _ in
            guard var secret = remote.object(.secrets, key) else { return false }
            guard secret["data"] == nil else { return true }
            secret["data"] = ["token": "c2VjcmV0LXRva2Vu"]
            remote.put(secret)
            return true
        }
        let value = try await body()
        try await filled
        return value
    }

    private func writes(_ cluster: ScriptedCluster) -> [String] {
        cluster.lines.filter { !$0.hasPrefix("get") && !$0.contains("selfsubjectaccessreviews") }
    }

    @Test func `A join makes the account and the Secret, and a second one changes nothing`() async throws {
        serve()
        let joined = try await withTokens { try await join().run() }
        #expect(joined.remoteID == "uid-west")
        #expect(joined.settings == "region: us\n")
        let secret = try #require(origin.object(.secrets, ObjectKey(namespace: "clusters", name: "cluster-west")))
        let brought = try ClusterSecret(json: secret)
        #expect(brought.cluster == "west")
        #expect(brought.settings == "region: us\n")
        #expect(try brought.access().server == "https://192.0.2.1:6443")
        #expect(brought.kubeconfig?.value.contains("secret-token") == true)
        #expect(!said.text.contains("secret-token") && !said.text.contains("c2VjcmV0LXRva2Vu"))
        let role = try #require(remote.object(.clusterRoles, ObjectKey(namespace: "", name: "martlet-west-uid-orig")))
        #expect(role["rules"]?.array?.count == AccessRole.remote.permissions.count + 1)
        remote.clearRequests()
        origin.clearRequests()
        said.clear()
        _ = try await join().run()
        #expect(writes(remote) == [])
        #expect(writes(origin) == [])
        #expect(said.text.contains("secret/cluster-west in clusters unchanged in the origin"))
    }

    @Test func `Other settings are an update, and none at all keep those that stand`() async throws {
        serve()
        _ = try await withTokens { try await join().run() }
        _ = try await join("region: eu\n").run()
        #expect(try await join(nil).run().settings == "region: eu\n")
        let secret = try #require(origin.object(.secrets, ObjectKey(namespace: "clusters", name: "cluster-west")))
        #expect(try ClusterSecret(json: secret).settings == "region: eu\n")
    }

    @Test func `A rehearsal changes nothing, and what it shows is read as objects without a secret`() async throws {
        let text = try await join().rehearse()
        #expect(writes(remote) == [])
        #expect(writes(origin) == [])
        let documents = text.split(separator: "---\n").map(String.init)
        let kinds = try documents.map { try YAMLDocument.json($0)["kind"]?.string }
        #expect(
            kinds == ["Namespace", "ClusterRole", "ServiceAccount", "ClusterRoleBinding", "Secret", "Secret"]
        )
        #expect(!text.contains("administrator"))
    }

    @Test func `What is about to go with an earlier account is made anew`() async throws {
        serve()
        let account = JoinedAccount(cluster: "west", originID: "uid-origin")
        var old = account.belongings(roleUID: "earlier")[0].object
        old["metadata"]?["uid"] = "old-account"
        remote.put(old)
        _ = try await withTokens { try await join().run() }
        let key = ObjectKey(namespace: "martlet", name: account.name)
        let new = ObjectMeta(try #require(remote.object(.serviceAccounts, key)))
        #expect(new.uid != "old-account")
        let role = ObjectMeta(try #require(remote.object(.clusterRoles, ObjectKey(namespace: "", name: account.name))))
        #expect(new.ownerReferences.map(\.uid) == [role.uid])
    }

    @Test func `What somebody else made by that name is left alone`() async throws {
        remote.put(["kind": "ClusterRole", "metadata": ["name": "martlet-west-uid-orig"], "rules": []])
        let error = await #expect(throws: Refusal.self) { try await join().run() }
        #expect(error?.description.contains("clusterrole/martlet-west-uid-orig") == true)
        #expect(origin.object(.secrets, ObjectKey(namespace: "clusters", name: "cluster-west")) == nil)
    }
}
