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

    /// When the fixture's clock stands.
    private static let start = 1_700_000_000.0

    private static func at(_ time: Double) -> JSON { ["lastTimestamp": .string(Timestamp.format(time))] }

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

    /// What is passed on while the test acts; delegates that are there from the start are known.
    private func passed(
        _ objects: [JSON] = [],
        isKnown: Bool = false,
        _ body: (RemoteFixture, Passed) async throws -> Void
    ) async throws -> [InstanceEvent] {
        let old = Self.event("old", about: "delegate-of-uid-1", Self.at(Self.start - 3600))
        let fixture = RemoteFixture([RemoteFixture.namespace, old] + objects)
        if isKnown { try note(fixture) }
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

    @Test func `What is listed a moment before its delegate is known waits for it too`() async throws {
        let listed = [
            Self.event("early", about: "delegate-of-uid-1", Self.at(Self.start - 10)),
            Self.event("long-past", about: "delegate-of-uid-1", Self.at(Self.start - 300)),
        ]
        let events = try await passed(listed) { fixture, passed in
            try note(fixture)
            fixture.remote.put(Self.event("live", about: "delegate-of-uid-1"))
            try await passed.until(2)
        }
        #expect(events.map(\.id) == ["uid-of-early", "uid-of-live"])
    }

    @Test func `What happened shortly before the start is told, the earliest first, of delegates only`() async throws {
        let missed = [
            Self.event("second", about: "delegate-of-uid-1", Self.at(Self.start - 10)),
            Self.event("first", about: "delegate-of-uid-1", Self.at(Self.start - 20)),
            Self.event("timeless", about: "delegate-of-uid-1"),
            Self.event("strange", about: "stranger", Self.at(Self.start - 10)),
        ]
        let events = try await passed(missed, isKnown: true) { fixture, passed in
            fixture.remote.put(Self.event("live", about: "delegate-of-uid-1"))
            try await passed.until(3)
        }
        #expect(events.map(\.id) == ["uid-of-first", "uid-of-second", "uid-of-live"])
    }

    @Test func `After a gap only the latest of many are told`() async throws {
        let missed = (0..<(RemoteEvents.missedLimit + 50)).map { number in
            Self.event("e-\(number)", about: "delegate-of-uid-1", Self.at(Self.start - 400 + Double(number)))
        }
        let events = try await passed(missed, isKnown: true) { _, passed in
            try await passed.until(RemoteEvents.missedLimit)
        }
        #expect(events.count == RemoteEvents.missedLimit)
        #expect(events.first?.id == "uid-of-e-50")
    }

    /// What the server says when the watch wants to go on where it was.
    @Test(arguments: [nil, 410, 504]) func `What happens while the watch is broken is told, wherever it can go on`(
        refusal: Int?
    ) async throws {
        let remote = Mutex<ScriptedCluster?>(nil)
        let events = try await passed(isKnown: true) { fixture, passed in
            remote.withLock { $0 = fixture.remote }
            if let refusal {
                let message = refusal == 504 ? "Too large resource version" : "expired"
                let fault = ScriptedCluster.Fault.refuse(
                    refusal,
                    reason: refusal == 504 ? "Timeout" : "Expired",
                    message: message
                )
                fixture.remote.fault(fault, times: 1) {
                    $0.resource == "events" && $0.query["resourceVersionMatch"] != nil
                }
            }
            fixture.remote.breakWatches(of: "events")
            fixture.remote.put(Self.event("missed", about: "delegate-of-uid-1", Self.at(Self.start)))
            try await passed.until(1)
        }
        #expect(events.map(\.id) == ["uid-of-missed"])
        let lists = remote.withLock { $0 }?.requests(.list, "events") ?? []
        #expect(
            lists.count { $0.query["fieldSelector"] != nil } == (refusal == nil ? 1 : 2),
            "all are read only if need be"
        )
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
