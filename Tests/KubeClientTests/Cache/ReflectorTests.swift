import KubeModel
import Observability
import Synchronization
import TestSupport
import Testing
import Transport

@testable import KubeClient

/// Drives a reflector call by call on a clock that stands still.
@Suite(.timeLimit(.minutes(1))) struct ReflectorTests {
    private let http = ScriptedHTTPClient()
    private let clock = ManualClock()
    private let store = ObjectStore<RawObject>()
    private let changes = AsyncStream<StoreChange<RawObject>>.makeStream()
    private let states = AsyncStream<ReflectorState>.makeStream()
    private let metrics = MetricsRegistry()

    init() {
        store.onChange { [changes] in changes.continuation.yield($0) }
    }

    /// The same numbers each time (an additive sequence: every number is far from the last).
    private struct FixedRandom: RandomNumberGenerator, Sendable {
        private var state: UInt64 = 0

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            return state
        }
    }

    private func withReflector(
        need: Latch? = nil,
        logs: InMemoryLogSink = InMemoryLogSink(),
        _ body: () async throws -> Void
    ) async throws {
        let reflector = Reflector(
            client: .scripted(http, clock: clock, metrics: metrics),
            resource: .pods,
            fieldSelector: "spec.nodeName=n",
            store: store,
            need: need,
            clock: clock,
            random: FixedRandom(),
            logger: logs.logger(),
            metrics: metrics,
            onState: { [states] in states.continuation.yield($0) }
        )
        let task = Task { try await reflector.run() }
        do {
            try await body()
        } catch {
            task.cancel()
            throw error
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    private func pod(_ name: String, _ version: String) -> JSON {
        ["metadata": ["name": .string(name), "uid": .string(name), "resourceVersion": .string(version)]]
    }

    private func list(_ version: String, _ items: JSON..., continue token: String? = nil) -> JSON {
        var list: JSON = ["metadata": ["resourceVersion": .string(version)], "items": .array(items)]
        if let token { list["metadata"]?["continue"] = .string(token) }
        return list
    }

    private func expectList(_ version: String?, limit: String? = nil) async throws -> ScriptedCall {
        let call = try await http.nextCall()
        try #require(call.query["watch"] == nil)
        #expect(call.query["resourceVersion"] == version)
        #expect(call.query["limit"] == limit)
        #expect(call.query["fieldSelector"] == "spec.nodeName%3Dn")
        return call
    }

    /// The question whether the server has come as far as a version.
    private func expectResumption(_ version: String) async throws -> ScriptedCall {
        let call = try await http.nextCall()
        try #require(call.query["watch"] == nil)
        #expect(call.query["resourceVersion"] == version)
        #expect(call.query["resourceVersionMatch"] == "NotOlderThan")
        #expect(call.query["limit"] == "1")
        #expect(call.query["fieldSelector"] == nil, "any object will do, and the first one is the cheapest")
        return call
    }

    private func expectWatch(_ version: String) async throws -> ScriptedCall {
        let call = try await http.nextCall()
        try #require(call.query["watch"] == "true")
        #expect(call.query["resourceVersion"] == version)
        #expect(call.query["fieldSelector"] == "spec.nodeName%3Dn")
        return call
    }

    private func nextChange() async throws -> String {
        var iterator = changes.stream.makeAsyncIterator()
        let change = try #require(await iterator.next())
        func text(_ object: RawObject?) -> String {
            object.map { "\($0.key.name)@\($0.metadata.resourceVersion)" } ?? "-"
        }
        return "\(change.source) \(text(change.old)) \(text(change.new))"
    }

    private func nextState() async throws -> ReflectorState {
        var iterator = states.stream.makeAsyncIterator()
        return try #require(await iterator.next())
    }

    /// Waits until the reflector has failed, which ends what slept beside it.
    private func waitForFailure() async throws {
        while case .connected = try await nextState() {}
    }

    /// Lets the pause after a failure pass.
    private func passBackoff(failures: Int = 1) async throws {
        try await waitForFailure()
        await passPause(failures: failures)
    }

    /// A pause is not shorter than its bare delay and not longer than twice that.
    private func passPause(failures: Int = 1) async {
        let bare = Duration.milliseconds(800 * (1 << (failures - 1)))
        await clock.waitForSleepers(count: 1)
        clock.advance(by: bare - .milliseconds(1))
        #expect(clock.sleeperCount == 1)
        #expect(http.pendingCalls == 0)
        clock.advance(by: bare + .milliseconds(1))
    }

    @Test("It lists what is at hand, watches from there, and follows events and bookmarks")
    func follows() async throws {
        try await withReflector {
            try await expectList("0").respond(list("5", pod("a", "3")))
            #expect(try await nextChange() == "list - a@3")
            let watch = try await expectWatch("5")
            #expect(watch.query["allowWatchBookmarks"] == "true")
            let timeout = try #require(watch.query["timeoutSeconds"].flatMap { Int($0) })
            #expect((300...600).contains(timeout))
            let body = watch.open()
            body.send("ADDED", pod("b", "6"))
            body.send("MODIFIED", pod("a", "7"))
            body.send("DELETED", pod("b", "8"))
            #expect(try await nextChange() == "watch - b@6")
            #expect(try await nextChange() == "watch a@3 a@7")
            #expect(try await nextChange() == "watch b@6 -")
            body.send("BOOKMARK", ["metadata": ["resourceVersion": "20"]])
            clock.advance(by: .seconds(2))
            body.end()
            _ = try await expectWatch("20")
            #expect(store.isSynced)
            #expect(store.resourceVersion == "20")
        }
    }

    @Test("The items of a list know their kind")
    func kinds() async throws {
        try await withReflector {
            try await expectList("0").respond(list("5", pod("a", "3")))
            _ = try await nextChange()
            #expect(store.objects.first?.json["kind"] == "Pod")
        }
    }

    @Test("After an expired watch it lists from the last version it saw, at once, and tells what went meanwhile")
    func expiredWatch() async throws {
        try await withReflector {
            try await expectList("0").respond(list("5", pod("a", "3"), pod("b", "4")))
            for _ in 0..<2 { _ = try await nextChange() }
            let body = try await expectWatch("5").open()
            body.send("MODIFIED", pod("a", "9"))
            _ = try await nextChange()
            body.send("ERROR", ScriptedCall.status(410, reason: "Expired", message: "too old"))
            try await expectList("9").respond(list("30", pod("a", "9")))
            #expect(try await nextChange() == "list b@4 -")
            _ = try await expectWatch("30")
        }
    }

    @Test("A refused version at the opening of a watch is the same as an expired one")
    func expiredAtOpening() async throws {
        try await withReflector {
            try await expectList("0").respond(list("5"))
            try await expectWatch("5").refuse(410, reason: "Gone")
            _ = try await expectList("5")
        }
    }

    @Test("A list that is expired itself makes it read the newest state, in pages")
    func expiredList() async throws {
        try await withReflector {
            try await expectList("0").refuse(410, reason: "Expired")
            try await expectList(nil, limit: "500").respond(list("5", pod("a", "3"), continue: "next"))
            let page = try await expectList(nil, limit: "500")
            #expect(page.query["continue"] == "next")
            page.respond(list("5", pod("b", "4")))
            _ = try await expectWatch("5")
            #expect(store.count == 2)
        }
    }

    @Test("Pages that expire are listed at once instead")
    func expiredPages() async throws {
        try await withReflector {
            try await expectList("0").refuse(504, reason: "Timeout", message: "Too large resource version")
            try await expectList(nil, limit: "500").respond(list("5", pod("a", "3"), continue: "next"))
            try await expectList(nil, limit: "500").refuse(410, reason: "Expired")
            try await expectList(nil).respond(list("8", pod("b", "4")))
            _ = try await expectWatch("8")
            #expect(store.objects.map(\.key.name) == ["b"])
        }
    }

    @Test("A second expiry within a minute waits before it lists")
    func secondExpiry() async throws {
        try await withReflector {
            try await expectList("0").respond(list("5"))
            try await expectWatch("5").refuse(410, reason: "Expired")
            try await expectList("5").respond(list("6"))
            try await expectWatch("6").refuse(410, reason: "Expired")
            try await passBackoff()
            _ = try await expectList("6")
        }
    }

    @Test("A server that was restored from a backup is listed, not watched from its own future")
    func restored() async throws {
        try await withReflector {
            try await expectList("0").respond(list("50", pod("a", "49")))
            let body = try await expectWatch("50").open()
            body.send("BOOKMARK", ["metadata": ["resourceVersion": "60"]])
            body.fail(.interrupted)
            try await expectResumption("60").fail(.cannotConnect)
            try await passBackoff()
            let causes: JSON = [["reason": "ResourceVersionTooLarge", "message": "Too large resource version"]]
            try await expectResumption("60").refuse(504, reason: "Timeout", details: ["causes": causes])
            try await expectList(nil, limit: "500").respond(list("7", pod("b", "6")))
            _ = try await expectWatch("7")
        }
    }

    @Test("A server that refuses connections is watched again after a while, without a list of everything")
    func connectionRefused() async throws {
        try await withReflector {
            try await expectList("0").respond(list("5"))
            let body = try await expectWatch("5").open()
            body.send("BOOKMARK", ["metadata": ["resourceVersion": "11"]])
            body.fail(.interrupted)
            for failures in 1...3 {
                try await expectResumption("11").fail(.cannotConnect)
                try await passBackoff(failures: failures)
            }
            try await expectResumption("11").respond(list("11"))
            let again = try await expectWatch("11").open()
            again.send("ADDED", pod("a", "12"))
            #expect(try await nextChange() == "watch - a@12")
        }
    }

    @Test("A busy server is left alone for as long as it asks, and then watched from the same version")
    func tooManyRequests() async throws {
        try await withReflector {
            try await expectList("0").respond(list("5"))
            let body = try await expectWatch("5").open()
            let details: JSON = ["retryAfterSeconds": 4]
            body.send("ERROR", ScriptedCall.status(429, reason: "TooManyRequests", message: "", details: details))
            try await waitForFailure()
            await clock.waitForSleepers(count: 1)
            clock.advance(by: .seconds(3))
            #expect(clock.sleeperCount == 1)
            clock.advance(by: .seconds(1))
            _ = try await expectWatch("5")
        }
    }

    @Test("A watch that ends at once and tells nothing counts as a failure")
    func shortWatch() async throws {
        try await withReflector {
            try await expectList("0").respond(list("5"))
            try await expectWatch("5").open().end()
            try await passBackoff()
            try await expectWatch("5").open().end()
            try await passBackoff(failures: 2)
            _ = try await expectWatch("5")
        }
    }

    @Test("A watch without bytes for three minutes is given up; bytes of any kind keep it")
    func silence() async throws {
        try await withReflector {
            try await expectList("0").respond(list("5"))
            let body = try await expectWatch("5").open()
            for version in 6...9 {
                await clock.waitForSleepers(count: 1)
                body.send("ADDED", pod("a\(version)", "\(version)"))
                _ = try await nextChange()
                while !body.isAwaited { await Task.yield() }
                clock.advance(by: .seconds(60))
            }
            for _ in 0..<3 {
                await clock.waitForSleepers(count: 1)
                clock.advance(by: .seconds(60))
            }
            await body.waitUntilClosed()
            try await passBackoff()
            _ = try await expectWatch("9")
        }
    }

    @Test("A server that never answers a watch is given up too")
    func silentOpening() async throws {
        try await withReflector {
            try await expectList("0").respond(list("5"))
            _ = try await expectWatch("5")
            for _ in 0..<3 {
                await clock.waitForSleepers(count: 1)
                clock.advance(by: .seconds(60))
            }
            try await passBackoff()
            _ = try await expectWatch("5")
        }
    }

    @Test("It tells when it gets through and when it fails, with the failures in a row")
    func states() async throws {
        try await withReflector {
            try await expectList("0").fail(.cannotConnect)
            let unreachable = APIError(.unreachable, message: "scripted")
            #expect(try await nextState() == .failing(unreachable, consecutive: 1))
            await passPause()
            try await expectList("0").fail(.cannotConnect)
            #expect(try await nextState() == .failing(unreachable, consecutive: 2))
            await passPause(failures: 2)
            try await expectList("0").respond(list("5"))
            #expect(try await nextState() == .connected)
            let body = try await expectWatch("5").open()
            #expect(try await nextState() == .connected)
            body.send("ERROR", ScriptedCall.status(500, reason: "InternalError", message: "etcd"))
            let etcd = APIError(.serverError, status: 500, message: "etcd")
            #expect(try await nextState() == .failing(etcd, consecutive: 1))
        }
    }

    @Test("Objects that can't be read are left out and counted, and do not stop the others")
    func undecodable() async throws {
        try await withReflector {
            try await expectList("0").respond(list("5", ["metadata": [:]], pod("a", "3")))
            #expect(try await nextChange() == "list - a@3")
            let body = try await expectWatch("5").open()
            body.send("ADDED", ["metadata": ["resourceVersion": "6"]])
            body.send("ADDED", pod("b", "7"))
            #expect(try await nextChange() == "watch - b@7")
            #expect(metrics.text().contains(#"martlet_watch_undecodable_total{cluster="test",resource="pods"} 2"#))
        }
    }

    @Test("A server that sends nothing but what can't be read is told of a few times, and counted")
    func manyUndecodable() async throws {
        let logs = InMemoryLogSink()
        try await withReflector(logs: logs) {
            try await expectList("0").respond(list("5", pod("a", "3")))
            #expect(try await nextChange() == "list - a@3")
            let body = try await expectWatch("5").open()
            for version in 6..<1006 { body.send("ADDED", ["metadata": ["resourceVersion": .string("\(version)")]]) }
            body.send("ADDED", pod("b", "1006"))
            #expect(try await nextChange() == "watch - b@1006")
            #expect(metrics.text().contains(#"martlet_watch_undecodable_total{cluster="test",resource="pods"} 1000"#))
            #expect(logs.records.filter { $0.message == "Object can't be read" }.count == 10)
        }
    }

    @Test("A list without a version is refused")
    func listWithoutVersion() async throws {
        try await withReflector {
            try await expectList("0").respond(["items": []])
            #expect(
                try await nextState()
                    == .failing(
                        APIError(.decoding, message: "the list of pods has no resourceVersion"),
                        consecutive: 1
                    )
            )
        }
    }

    @Test("What is empty is not watched before there is need, and then from where the list was")
    func need() async throws {
        let need = Latch()
        try await withReflector(need: need) {
            try await expectList("0").respond(list("5"))
            #expect(try await nextState() == .connected)
            #expect(http.pendingCalls == 0)
            need.open()
            let body = try await expectWatch("5").open()
            body.send("ADDED", pod("a", "7"))
            #expect(try await nextChange() == "watch - a@7")
        }
    }

    @Test("What became empty is watched on after a failure, until something has got through")
    func emptied() async throws {
        try await withReflector(need: Latch()) {
            try await expectList("0").respond(list("5", pod("a", "3")))
            _ = try await nextChange()
            let body = try await expectWatch("5").open()
            body.send("DELETED", pod("a", "6"))
            _ = try await nextChange()
            body.send("ERROR", ScriptedCall.status(500, reason: "InternalError", message: "for a moment"))
            try await passBackoff()
            #expect(store.count == 0)
            _ = try await expectWatch("6")
        }
    }

    @Test("What is not empty is watched without need")
    func needless() async throws {
        try await withReflector(need: Latch()) {
            try await expectList("0").respond(list("5", pod("a", "3")))
            _ = try await expectWatch("5")
        }
    }

    @Test("A reflector that runs again does not go back in time")
    func runsAgain() async throws {
        try await withReflector {
            try await expectList("0").respond(list("5"))
            _ = try await expectWatch("5")
        }
        try await withReflector {
            _ = try await expectList("5")
        }
    }
}
