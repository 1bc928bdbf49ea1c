import KubeClient
import KubeModel
import Lifecycle
import TestSupport
import Testing

@testable import Providers

/// The namespaces that delegates name as their controller.
@Suite(.timeLimit(.minutes(1))) struct NamespaceTests {
    private func owner(uid: String) -> JSON {
        ["apiVersion": "v1", "kind": "Namespace", "name": "shop", "uid": .string(uid), "controller": true]
    }

    private func directory(_ cluster: ScriptedCluster, lifetime: Duration = .seconds(3600)) -> NamespaceDirectory {
        NamespaceDirectory(
            client: cluster.client(),
            originID: "origin-1",
            logger: cluster.logger,
            lifetime: lifetime
        )
    }

    @Test func `A delegate names its namespace as controller, by its UID`() async throws {
        let fixture = RemoteFixture()
        _ = try await fixture.provider.create(PodFixture.pod())
        #expect(fixture.delegate?.at("metadata", "ownerReferences") == [owner(uid: "ns-1")])
        #expect(fixture.remote.requests(.create, "namespaces").isEmpty)
    }

    @Test func `A namespace that is missing is made, and marked`() async throws {
        let fixture = RemoteFixture([])
        _ = try await fixture.provider.create(PodFixture.pod())
        let made = try #require(fixture.remote.object(.namespaces, ObjectKey(namespace: "", name: "shop")))
        #expect(made.at("metadata", "labels", "martlet.dev/origin") == "origin-1")
        let uid = try #require(made.at("metadata", "uid")?.string)
        #expect(fixture.delegate?.at("metadata", "ownerReferences") == [owner(uid: uid)])
    }

    @Test func `A namespace that somebody makes meanwhile is used`() async throws {
        let cluster = ScriptedCluster("us-east", objects: [RemoteFixture.namespace])
        cluster.fault(.refuse(404, reason: "NotFound"), times: 1) { $0.verb == .get }
        #expect(try await directory(cluster).owner(in: "shop") == owner(uid: "ns-1"))
        #expect(cluster.lines == ["get namespaces shop", "create namespaces shop", "get namespaces shop"])
    }

    @Test func `A namespace is asked for once while its UID is believed`() async throws {
        let cluster = ScriptedCluster("us-east", objects: [RemoteFixture.namespace])
        let directory = directory(cluster)
        for _ in 1...3 { _ = try await directory.owner(in: "shop") }
        #expect(cluster.lines.count == 1)
    }

    @Test(arguments: [true, false])
    func `Of many that want a namespace at the same time one asks for it, or makes it`(isThere: Bool) async throws {
        let cluster = ScriptedCluster("us-east", objects: isThere ? [RemoteFixture.namespace] : [])
        cluster.fault(.hold, times: 1) { $0.verb == .get }
        let directory = directory(cluster)
        let owners: [JSON] = try await withThrowingTaskGroup(of: JSON.self) { group in
            for _ in 0..<32 {
                group.addTask { try await directory.owner(in: "shop") }
            }
            try await cluster.until { !$0.requests.isEmpty }
            cluster.serveHeld()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let made = isThere ? [] : ["create namespaces shop"]
        #expect(cluster.lines == ["get namespaces shop"] + made)
        let object = try #require(cluster.object(.namespaces, ObjectKey(namespace: "", name: "shop")))
        #expect(owners.count == 32)
        #expect(owners.allSatisfy { $0 == owner(uid: ObjectMeta(object).uid) })
    }

    @Test func `The UID of a namespace that was made anew is found out in time`() async throws {
        let cluster = ScriptedCluster("us-east", objects: [RemoteFixture.namespace])
        let directory = directory(cluster, lifetime: .zero)
        _ = try await directory.owner(in: "shop")
        cluster.put(["kind": "Namespace", "metadata": ["name": "shop", "uid": "ns-2"]])
        #expect(try await directory.owner(in: "shop") == owner(uid: "ns-2"))
    }

    @Test func `A namespace that turned out to be gone is asked for again`() async throws {
        let cluster = ScriptedCluster("us-east", objects: [RemoteFixture.namespace])
        let directory = directory(cluster)
        _ = try await directory.owner(in: "shop")
        cluster.put(["kind": "Namespace", "metadata": ["name": "shop", "uid": "ns-2"]])
        directory.forget("shop")
        #expect(try await directory.owner(in: "shop") == owner(uid: "ns-2"))
    }

    @Test(arguments: AnswerCase.common)
    func `Without a namespace there is no delegate`(answer: AnswerCase) async throws {
        let fixture = RemoteFixture()
        fixture.remote.fault(answer.fault) { $0.resource == "namespaces" }
        let error = try await RemoteFixture.failure { _ = try await fixture.provider.create(PodFixture.pod()) }
        #expect(error?.code == answer.code)
        #expect(fixture.remote.requests(.create, "pods").isEmpty)
        #expect(fixture.remote.requests(.create, "namespaces").isEmpty)
    }
}
