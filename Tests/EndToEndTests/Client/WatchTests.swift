import KubeClient
import KubeModel
import TestSupport
import Testbed
import Testing

extension ClientTests {
    /// Watches and reflectors through everything that ends a watch.
    @Suite struct WatchTests {}
}

extension ClientTests.WatchTests {
    @Test("A watch that outlives a crash of the API server misses nothing", .timeLimit(.minutes(3)))
    func crash() async throws {
        let server = TestServer.current
        let namespace = try await server.makeNamespace("crash")
        for number in 0..<9 { try await server.makeConfigMap("old-\(number)", in: namespace) }
        try await Follower.follow(.configMaps, in: namespace, by: server.client) { follower in
            try await server.crash()
            for number in 0..<3 {
                try await server.makeConfigMap("new-\(number)", in: namespace)
                try await server.changeConfigMap("old-\(number)", in: namespace, value: 1)
                try await server.deleteConfigMap("old-\(number + 6)", in: namespace)
            }
            try await follower.agrees(with: server, on: .configMaps, in: namespace)
            #expect(Set(follower.gone.map(\.name)) == ["old-6", "old-7", "old-8"])
            #expect(follower.gone.count == 3)
            let changed = follower.changes.filter { $0.kind == .changed }.map(\.name)
            #expect(changed.sorted() == ["old-0", "old-1", "old-2"])
            #expect(!follower.toldFailures.isEmpty, "the server was away")
        }
    }

    /// Events are the collection that API servers watch in etcd itself, so that what etcd forgets is gone for a watch.
    @Test("A version that etcd has forgotten is answered with 410, and what went meanwhile is told after a new list")
    func compaction() async throws {
        let server = TestServer.current
        let namespace = try await server.makeNamespace("compaction")
        for name in ["a", "b", "c"] { try await server.makeEvent(name, in: namespace) }
        try await Follower.follow(.events, in: namespace, by: server.clientOverRelay) { follower in
            let old = try #require(follower.store.resourceVersion)
            try await server.relay.set(.cut)
            for name in ["a", "b"] { _ = try await server.client.delete(.events, namespace: namespace, name: name) }
            try await server.makeEvent("d", in: namespace)
            try await server.control.compactStore()
            let refusal = try await #require(throws: APIError.self) {
                let watch = try await server.client.watch(.events, namespace: namespace, resourceVersion: old)
                for try await _ in watch {}
            }
            #expect(refusal.isExpired)
            #expect(refusal.disposition == .gone)
            try await server.relay.set(.open)
            try await follower.agrees(with: server, on: .events, in: namespace)
            #expect(follower.expiries == 1)
            #expect(Set(follower.gone.map(\.name)) == ["a", "b"])
            #expect(follower.gone.allSatisfy { $0.source == .list })
            try await server.makeEvent("e", in: namespace)
            try await follower.agrees(with: server, on: .events, in: namespace)
            #expect(follower.changes.last == Follower.Change(kind: .came, name: "e", source: .watch))
        }
    }

    @Test("A bookmark tells how far the server is, past what the watch does not see")
    func bookmark() async throws {
        let server = TestServer.current
        let namespace = try await server.makeNamespace("bookmark")
        let elsewhere = try await server.makeNamespace("elsewhere")
        let start = try await server.client.list(.configMaps, namespace: namespace).resourceVersion
        // API servers send a bookmark two seconds before the end of a watch, and each minute.
        let watch = try await server.client.watch(
            .configMaps,
            namespace: namespace,
            resourceVersion: start,
            timeout: .seconds(5)
        )
        try await server.makeConfigMap("seen", in: namespace)
        let unseen = try await server.makeConfigMap("unseen", in: elsewhere)
        var told: [WatchEvent] = []
        for try await event in watch { told.append(event) }
        let bookmark = try #require(told.last { $0.type == .bookmark })
        // The namespace's own accounts' certificates may have come meanwhile.
        #expect(told.contains { $0.type == .added && $0.object.name == "seen" })
        #expect(!told.contains { $0.object.name == "unseen" })
        let reached = try #require(Int64(bookmark.resourceVersion))
        #expect(reached >= Int64(unseen.resourceVersion) ?? .max)
    }

    @Test("A watch that is cut goes on where it was, without a new list")
    func cut() async throws {
        let server = TestServer.current
        let namespace = try await server.makeNamespace("cut")
        for name in ["kept", "gone"] { try await server.makeConfigMap(name, in: namespace) }
        try await Follower.follow(.configMaps, in: namespace, by: server.clientOverRelay) { follower in
            try await server.relay.set(.cut)
            try await eventually("the follower says that it gets nowhere") {
                follower.toldFailures.contains { $0.code == .unreachable }
            }
            try await server.makeConfigMap("new", in: namespace)
            try await server.deleteConfigMap("gone", in: namespace)
            try await server.relay.set(.open)
            try await follower.agrees(with: server, on: .configMaps, in: namespace)
            #expect(follower.gone == [Follower.Change(kind: .went, name: "gone", source: .watch)])
            #expect(follower.changes.last { $0.name == "new" }?.source == .watch)
        }
    }

    @Test("A watch that falls silent is given up, and another one tells what it missed", .timeLimit(.minutes(2)))
    func stall() async throws {
        let server = TestServer.current
        let namespace = try await server.makeNamespace("stall")
        let clock = ManualClock()
        try await Follower.follow(.configMaps, in: namespace, by: server.clientOverRelay, clock: clock) { follower in
            try await server.makeConfigMap("seen", in: namespace)
            try await follower.agrees(with: server, on: .configMaps, in: namespace)
            try await server.relay.set(.stalled)
            try await server.makeConfigMap("missed", in: namespace)
            try await eventually("the silence is found out") {
                clock.advance(by: .seconds(60))
                return follower.toldFailures.contains { $0.code == .timeout }
            }
            #expect(follower.store.get(ObjectKey(namespace: namespace, name: "missed")) == nil)
            try await server.relay.set(.open)
            let wanted = try await server.versions(of: .configMaps, in: namespace)
            try await eventually("another watch is opened") {
                clock.advance(by: .seconds(1))
                return follower.versions == wanted
            }
        }
    }
}
