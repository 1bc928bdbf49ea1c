import KubeClient
import KubeModel
import Testbed
import Testing

extension ClientTests {
    /// Single calls and what their refusals mean.
    @Suite struct CallTests {}
}

extension ClientTests.CallTests {
    @Test("Objects are made, read, changed and deleted; managedFields do not come along")
    func life() async throws {
        let server = TestServer.current
        let namespace = try await server.makeNamespace("life")
        let made = try await server.makeConfigMap("one", in: namespace, value: 1)
        #expect(made.at("metadata", "managedFields") == nil)
        let patched = try await server.changeConfigMap("one", in: namespace, value: 2)
        #expect(patched.uid == made.uid)
        var next = patched
        next["data"] = ["value": "3"]
        let updated = try await server.client.update(.configMaps, namespace: namespace, name: "one", object: next)
        #expect(updated.resourceVersion != patched.resourceVersion)
        let read = try await server.client.get(.configMaps, namespace: namespace, name: "one")
        #expect(read.at("data", "value") == "3")
        let options = DeleteOptions(uid: made.uid)
        _ = try await server.client.delete(.configMaps, namespace: namespace, name: "one", options: options)
        #expect(try await server.versions(of: .configMaps, in: namespace)["one"] == nil)
    }

    @Test("A call that assumes another state than there is conflicts and changes nothing", arguments: Conflict.allCases)
    func conflicts(_ conflict: Conflict) async throws {
        let server = TestServer.current
        let namespace = try await server.makeNamespace("conflict")
        let first = try await server.makeConfigMap("one", in: namespace)
        let current = try await server.changeConfigMap("one", in: namespace, value: 1)
        let error = try await #require(throws: APIError.self) {
            try await conflict.call(server.client, namespace, first)
        }
        #expect((error.code == .alreadyExists) == (conflict == .create), "\(error)")
        #expect(error.disposition == .conflict, "\(error)")
        let still = try await server.client.get(.configMaps, namespace: namespace, name: "one")
        #expect(still.resourceVersion == current.resourceVersion)
    }

    @Test("Server-side apply conflicts over another's field, and takes it when forced")
    func apply() async throws {
        let server = TestServer.current
        let namespace = try await server.makeNamespace("apply")
        func apply(_ value: Int, by manager: String, force: Bool) async throws -> JSON {
            try await server.client.patch(
                .configMaps,
                namespace: namespace,
                name: "one",
                type: .apply(fieldManager: manager, force: force),
                body: TestServer.configMap("one", value: value)
            )
        }
        _ = try await apply(1, by: "first", force: false)
        let error = try await #require(throws: APIError.self) { try await apply(2, by: "second", force: false) }
        #expect(error.disposition == .conflict)
        #expect(error.message.contains("first"))
        #expect(try await apply(2, by: "second", force: true).at("data", "value") == "2")
    }

    @Test("What is not there is gone, what is no object is refused for good, what may not be is forbidden")
    func refusals() async throws {
        let server = TestServer.current
        let namespace = try await server.makeNamespace("refused")
        let client = server.client
        let missing = try await #require(throws: APIError.self) {
            try await client.get(.configMaps, namespace: namespace, name: "none")
        }
        #expect((missing.code, missing.disposition) == (.notFound, .gone))
        let invalid = try await #require(throws: APIError.self) {
            try await client.create(.configMaps, namespace: namespace, object: TestServer.configMap("Not A Name"))
        }
        #expect((invalid.code, invalid.disposition) == (.invalid, .never))
        #expect(invalid.causes.contains { $0.field == "metadata.name" })
        let file = try server.control.writeKubeconfig(user: "nobody")
        let nobody = server.client(try KubeConfig.load(paths: file, environment: [:]))
        let forbidden = try await #require(throws: APIError.self) {
            try await nobody.get(.configMaps, namespace: namespace, name: "none")
        }
        #expect((forbidden.code, forbidden.disposition) == (.forbidden, .never))
        #expect(forbidden.message.contains("\"nobody\""))
    }

    @Test("A server that nobody can reach is to be tried later")
    func unreachable() async throws {
        let server = TestServer.current
        try await server.relay.set(.cut)
        let error = try await #require(throws: APIError.self) { try await server.clientOverRelay.version() }
        try await server.relay.set(.open)
        #expect((error.code, error.disposition) == (.unreachable, .retryLater(nil)))
        let version = try await server.clientOverRelay.version()
        #expect(version.gitVersion.hasPrefix("v1."))
    }

    @Test("A large collection comes in pages, each object once")
    func pages() async throws {
        let server = TestServer.current
        let namespace = try await server.makeNamespace("pages")
        let wanted = Set((0..<1200).map { "item-\($0)" })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in 0..<12 {
                group.addTask {
                    for number in 0..<100 {
                        try await server.makeConfigMap("item-\(part * 100 + number)", in: namespace)
                    }
                }
            }
            try await group.waitForAll()
        }
        let client = server.client
        let list = { token in
            try await client.list(.configMaps, namespace: namespace, limit: 500, continue: token)
        }
        var names: [String] = []
        var sizes: [Int] = []
        var token: String?
        repeat {
            let page = try await list(token)
            let items = page["items"]?.array ?? []
            names += items.map(\.name).filter { $0.hasPrefix("item-") }
            sizes.append(items.count)
            token = page.at("metadata", "continue")?.string
        } while token?.isEmpty == false
        #expect(sizes.prefix(2) == [500, 500])
        #expect(names.count == 1200)
        #expect(Set(names) == wanted)
    }

    /// Of events, because API servers since 1.34 keep the pages of most other collections themselves.
    @Test("A page that etcd has forgotten is told as expired")
    func expiredPage() async throws {
        let server = TestServer.current
        let namespace = try await server.makeNamespace("expired")
        for name in ["a", "b", "c"] { try await server.makeEvent(name, in: namespace) }
        let list = { token in
            try await server.client.list(.events, namespace: namespace, limit: 2, continue: token)
        }
        let token = try await list(nil).at("metadata", "continue")?.string
        #expect(try await list(token)["items"]?.array?.map(\.name) == ["c"])
        try await server.makeEvent("later", in: namespace)
        try await server.control.compactStore()
        let expired = try await #require(throws: APIError.self) { try await list(token) }
        #expect(expired.isExpired)
    }
}

/// A call on the ConfigMap "one" that assumes what no longer holds.
enum Conflict: CaseIterable, Sendable {
    case create, update, patchOfAnother, patchOfVersion, deleteOfAnother, deleteOfVersion

    /// - Parameter first: the object as it was made; it has been changed since.
    func call(_ client: APIClient, _ namespace: String, _ first: JSON) async throws -> JSON {
        let another = "5b3f1c9e-0000-4000-8000-0123456789ab"
        switch self {
        case .create:
            return try await client.create(.configMaps, namespace: namespace, object: TestServer.configMap("one"))
        case .update:
            return try await client.update(.configMaps, namespace: namespace, name: "one", object: first)
        case .patchOfAnother:
            let body: JSON = ["metadata": ["uid": .string(another)], "data": ["value": "9"]]
            return try await client.patch(.configMaps, namespace: namespace, name: "one", type: .merge, body: body)
        case .patchOfVersion:
            let body: JSON = [
                "metadata": ["resourceVersion": .string(first.resourceVersion)], "data": ["value": "9"],
            ]
            return try await client.patch(
                .configMaps,
                namespace: namespace,
                name: "one",
                type: .strategicMerge,
                body: body
            )
        case .deleteOfAnother:
            return try await delete(client, namespace, DeleteOptions(uid: another))
        case .deleteOfVersion:
            return try await delete(client, namespace, DeleteOptions(resourceVersion: first.resourceVersion))
        }
    }

    private func delete(_ client: APIClient, _ namespace: String, _ options: DeleteOptions) async throws -> JSON {
        try await client.delete(.configMaps, namespace: namespace, name: "one", options: options)
    }
}
