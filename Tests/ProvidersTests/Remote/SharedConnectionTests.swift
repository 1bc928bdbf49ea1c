import KubeClient
import KubeModel
import Lifecycle
import Synchronization
import TestSupport
import Testing

@testable import Providers

/// Two virtual nodes that stand for parts of one remote, over one connection.
@Suite(.timeLimit(.minutes(1))) struct SharedConnectionTests {
    private let origin = ScriptedCluster("origin")
    private let remote: ScriptedCluster
    private let connection: RemoteConnection
    private let sources: DependentSources
    private let events: EventRecorder

    init() {
        let remote = ScriptedCluster(
            "us-east",
            objects: [
                RemoteFixture.namespace, RemoteFixture.delegate(of: "uid-a", node: "east-a"),
                Self.delegate(of: "uid-b", node: "east-b"), Self.delegate(of: "uid-c", node: "east-c"),
            ]
        )
        self.remote = remote
        connection = RemoteConnection(
            name: "us-east",
            client: remote.client(),
            originID: "origin-1",
            members: ["east-a", "east-b"].map {
                RemoteConnection.Member(nodeName: $0, settings: TranslationSettings())
            },
            interests: RemoteConnection.Interests(claims: true, tokens: true),
            logger: remote.logger,
            metrics: remote.metrics
        )
        sources = DependentSources(client: origin.client(), logger: origin.logger, metrics: origin.metrics)
        events = EventRecorder(
            client: origin.client(),
            component: "martlet",
            logger: origin.logger,
            metrics: origin.metrics
        )
    }

    private static func delegate(of uid: UID, node: String) -> JSON {
        var json = RemoteFixture.delegate(of: uid, node: node, name: uid)
        json["metadata"]?["annotations"] = ["martlet.dev/pod": .string("shop/\(uid)")]
        return json
    }

    private func provider(_ node: String) -> RemoteCluster {
        RemoteCluster(
            connection: connection,
            ownsConnection: false,
            origin: origin.client(),
            sources: sources,
            identity: DelegateIdentity(originID: "origin-1", nodeName: node),
            settings: TranslationSettings(),
            capacity: CapacitySettings(),
            serviceAccounts: .none,
            claims: nil,
            events: events,
            feedback: RemoteFeedback()
        )
    }

    private func running(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await connection.run() }
            try await body()
            group.cancelAll()
        }
    }

    @Test func `Each knows its own delegates, one that comes later too, and the remote is watched once`() async throws {
        let first = provider("east-a")
        try await running {
            try await first.waitUntilSynced()
            #expect(first.instances.map(\.podUID) == ["uid-a"])
            let second = provider("east-b")
            try await second.waitUntilSynced()
            #expect(second.instances.map(\.podUID) == ["uid-b"])
            let told = ChangeLog()
            second.onChange { told.note($0) }
            first.onChange { #expect($0 != "uid-b") }
            remote.remove(.pods, ObjectKey(namespace: "shop", name: "uid-b"))
            try await told.until { second.instances.isEmpty }
            #expect(second.departed("uid-b") != nil)
            #expect(first.departed("uid-b") == nil)
            // Delegates, the pods of others, events, nodes. What there is none of, and nobody needs, is only listed.
            let always = ["events", "nodes", "pods", "pods"]
            try await remote.until { $0.watched.count >= always.count }
            #expect(remote.watched == always)
            for need in [connection.claimNeed, connection.tokenNeed] { need.open() }
            for kind in Dependents.kinds { connection.copies.need(of: kind).open() }
            try await remote.until { $0.watched.count >= 8 }
            #expect(
                remote.watched == [
                    "configmaps", "events", "nodes", "persistentvolumeclaims", "pods", "pods", "secrets", "secrets",
                ]
            )
        }
    }

    @Test func `Events of a remote without delegates are not watched`() async throws {
        for name in ["web-0", "uid-b", "uid-c"] { remote.remove(.pods, ObjectKey(namespace: "shop", name: name)) }
        try await running {
            try await connection.delegates.waitUntilSynced()
            try await remote.until { $0.watched.count >= 3 }
            // What comes a whole round later would have come after it.
            connection.claimNeed.open()
            try await remote.until { $0.watched.contains("persistentvolumeclaims") }
            #expect(remote.requests(.list, "events").isEmpty && !remote.watched.contains("events"))
            remote.put(Self.delegate(of: "uid-b", node: "east-b"))
            try await remote.until { $0.watched.contains("events") }
        }
    }

    @Test func `What is said of a delegate reaches its own virtual node`() async throws {
        let (first, second) = (provider("east-a"), provider("east-b"))
        let told = Mutex<[String]>([])
        let changes = ChangeLog()
        first.onEvent { event in told.withLock { $0.append("a: \(event.podUID)") } }
        second.onEvent { event in
            told.withLock { $0.append("b: \(event.podUID)") }
            changes.note("")
        }
        try await running {
            try await remote.until { !$0.requests(.watch, "events").isEmpty }
            remote.put([
                "kind": "Event", "metadata": ["name": "e", "namespace": "shop", "uid": "event-1"], "type": "Warning",
                "reason": "BackOff", "message": "again", "count": 1,
                "involvedObject": ["kind": "Pod", "namespace": "shop", "name": "uid-b", "uid": "delegate-of-uid-b"],
                "lastTimestamp": "2026-01-01T00:00:00Z",
            ])
            try await changes.until { !told.withLock { $0.isEmpty } }
            #expect(told.withLock { $0 } == ["b: uid-b"])
            // A virtual node that was away meanwhile.
            let later = provider("east-b")
            later.onEvent { event in told.withLock { $0.append("later: \(event.podUID)") } }
            #expect(told.withLock { $0 } == ["b: uid-b", "later: uid-b"])
        }
    }

    @Test func `A virtual node that ends leaves nothing behind on the connection`() async throws {
        weak var ended: DelegateCache?
        do {
            let provider = provider("east-a")
            ended = provider.cache
            provider.onEvent { _ in }
        }
        #expect(ended == nil)
    }
}

extension ScriptedCluster {
    /// The resources of all watches so far.
    fileprivate var watched: [String] { requests.filter { $0.verb == .watch }.map(\.resource).sorted() }
}
