import KubeClient
import KubeModel
import Synchronization
import TestSupport
import Testing

@testable import Providers

@Suite(.timeLimit(.minutes(1))) struct RemoteEventTests {
    private static func event(_ name: String, about uid: UID, _ changes: JSON = [:]) -> JSON {
        var event: JSON = [
            "kind": "Event",
            "metadata": ["name": .string(name), "namespace": "shop", "uid": .string("uid-of-\(name)")],
            "involvedObject": [
                "kind": "Pod", "name": "web-0", "namespace": "shop", "uid": .string(uid),
                "fieldPath": "spec.containers{main}",
            ],
            "type": "Warning", "reason": "Failed", "message": "can't pull",
        ]
        for (key, value) in changes.object ?? [:] { event[key] = value }
        return event
    }

    @Test func `Both forms of events are read`() throws {
        let old = Self.event(
            "a",
            about: "d",
            [
                "count": 7, "firstTimestamp": "first", "lastTimestamp": "last",
                "source": ["component": "kubelet", "host": "worker-1"],
            ]
        )
        let new = Self.event(
            "b",
            about: "d",
            [
                "eventTime": "first", "series": ["count": 7, "lastObservedTime": "last"], "lastTimestamp": .null,
                "source": [:], "reportingComponent": "kubelet", "reportingInstance": "worker-1",
            ]
        )
        for event in [old, new] {
            let read = try #require(RemoteEvent(json: event)).about("uid-1")
            #expect(read.count == 7)
            #expect(read.firstTimestamp == "first")
            #expect(read.lastTimestamp == "last")
            #expect(read.component == "kubelet")
            #expect(read.host == "worker-1")
            #expect(read.podUID == "uid-1")
            #expect(read.fieldPath == "spec.containers{main}")
        }
        #expect(RemoteEvent(json: Self.event("c", about: "")) == nil)
    }

    /// What is passed on while the test acts.
    private func passed(_ body: (RemoteFixture, Passed) async throws -> Void) async throws -> [InstanceEvent] {
        let fixture = RemoteFixture([RemoteFixture.namespace, Self.event("old", about: "delegate-of-uid-1")])
        let passed = Passed()
        fixture.provider.onChange { _ in }
        fixture.provider.onEvent { passed.note($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fixture.provider.remoteEvents.run() }
            try await fixture.remote.until { !$0.requests(.watch, "events").isEmpty }
            try await body(fixture, passed)
            group.cancelAll()
        }
        return passed.events
    }

    private func note(_ fixture: RemoteFixture, of uid: UID = "uid-1", name: String = "web-0") throws {
        var delegate = RemoteFixture.delegate(of: uid, name: name)
        delegate["metadata"]?["annotations"] = ["martlet.dev/pod": .string("shop/\(name)")]
        fixture.provider.cache.store.apply(.added, try Delegate(json: delegate))
    }

    @Test func `Events about delegates are passed on, others and old ones are not`() async throws {
        let events = try await passed { fixture, passed in
            try note(fixture)
            fixture.remote.put(Self.event("strange", about: "stranger"))
            fixture.remote.put(Self.event("ours", about: "delegate-of-uid-1"))
            try await passed.until(1)
        }
        #expect(events.map(\.id) == ["uid-of-ours"])
        #expect(events.first?.podUID == "uid-1")
    }

    @Test func `An event that is there before its delegate is known waits for it`() async throws {
        let events = try await passed { fixture, passed in
            try note(fixture, of: "uid-2", name: "web-1")
            fixture.remote.put(Self.event("early", about: "delegate-of-uid-1"))
            fixture.remote.put(Self.event("strange", about: "stranger"))
            fixture.remote.put(Self.event("later", about: "delegate-of-uid-2"))
            // What came before it has been read too.
            try await passed.until(1)
            try note(fixture)
            fixture.remote.put(Self.event("ours", about: "delegate-of-uid-1"))
            try await passed.until(3)
        }
        #expect(events.map(\.id).first == "uid-of-later")
        #expect(Set(events.map(\.id)) == ["uid-of-later", "uid-of-early", "uid-of-ours"])
    }

    @Test func `Only warnings are asked for unless all are wanted`() {
        #expect(EventScope.warnings.fieldSelector == "involvedObject.kind=Pod,type=Warning")
        #expect(EventScope.all.fieldSelector == "involvedObject.kind=Pod")
        #expect(EventScope.none.fieldSelector == nil)
    }
}

/// What a provider passed on.
private final class Passed: Sendable {
    private let list = Mutex<[InstanceEvent]>([])
    private let changes = ChangeLog()

    var events: [InstanceEvent] { list.withLock { $0 } }

    func note(_ event: InstanceEvent) {
        list.withLock { $0.append(event) }
        changes.note(event.id)
    }

    func until(_ count: Int) async throws { try await changes.until { self.events.count >= count } }
}
