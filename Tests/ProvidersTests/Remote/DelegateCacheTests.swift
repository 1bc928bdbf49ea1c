import KubeClient
import KubeModel
import Synchronization
import TestSupport
import Testing

@testable import Providers

@Suite struct DelegateCacheTests {
    private let cache = DelegateCache()

    private func delegate(
        of podUID: UID = "uid-1",
        uid: String = "delegate-1",
        version: String,
        name: String = "web-0",
        metadata: JSON = [:]
    ) throws -> Delegate {
        var json = RemoteFixture.delegate(of: podUID, name: name)
        json["metadata"]?["uid"] = .string(uid)
        json["metadata"]?["resourceVersion"] = .string(version)
        for (field, value) in metadata.object ?? [:] { json["metadata"]?[field] = value }
        return try Delegate(json: json)
    }

    @Test func `A delegate is found by its pod's UID, and remembered after its end`() throws {
        cache.store.replace([try delegate(version: "1")], resourceVersion: "1")
        #expect(cache.instance(for: "uid-1")?.instanceUID == "delegate-1")
        #expect(cache.departed("uid-1") == nil)
        cache.store.apply(.deleted, try delegate(version: "2"))
        #expect(cache.instance(for: "uid-1") == nil)
        #expect(cache.departed("uid-1")?.instanceUID == "delegate-1")
        cache.forget("uid-1")
        #expect(cache.departed("uid-1") == nil)
    }

    @Test func `A copy of a delegate in another place is ignored`() throws {
        let told = Mutex<[UID]>([])
        cache.store.replace([try delegate(version: "1")], resourceVersion: "1")
        cache.onChange { uid in told.withLock { $0.append(uid) } }
        let copy = try delegate(uid: "copy-1", version: "2", name: "web-0-debug")
        cache.store.apply(.added, copy)
        #expect(cache.instance(for: "uid-1")?.instanceUID == "delegate-1")
        cache.store.apply(.deleted, copy)
        #expect(cache.instance(for: "uid-1")?.instanceUID == "delegate-1")
        #expect(cache.departed("uid-1") == nil)
        #expect(told.withLock { $0 }.isEmpty)
    }

    @Test func `Restart counts that no pod can have are none, whoever wrote them`() throws {
        var json = RemoteFixture.delegate()
        let counts = #"{"main": 9223372036854775807, "side": 3, "odd": -1, "text": "2"}"#
        json["metadata"]?["annotations"]?["martlet.dev/restart-base"] = .string(counts)
        #expect(try Delegate(json: json).instance.restartBase == ["side": 3])
    }

    @Test func `A copy alone is no delegate`() throws {
        cache.store.replace([try delegate(uid: "copy-1", version: "1", name: "web-0-debug")], resourceVersion: "1")
        #expect(cache.instances.isEmpty)
    }

    @Test func `A later delegate takes the place of an earlier one`() throws {
        cache.store.replace([try delegate(version: "1")], resourceVersion: "1")
        cache.store.replace([try delegate(uid: "delegate-2", version: "5")], resourceVersion: "5")
        #expect(cache.instance(for: "uid-1")?.instanceUID == "delegate-2")
        #expect(cache.departed("uid-1") == nil)
    }

    // MARK: - Proof

    private let ended: JSON = ["deletionTimestamp": "2026-11-21T06:00:00Z", "deletionGracePeriodSeconds": 0]
    private let ending: JSON = ["deletionTimestamp": "2026-11-21T06:00:00Z", "deletionGracePeriodSeconds": 30]

    @Test func `A watch that tells the end of a delegate without grace left is proof`() throws {
        cache.store.replace([try delegate(version: "1", metadata: ended)], resourceVersion: "1")
        cache.store.apply(.deleted, try delegate(version: "2", metadata: ended))
        #expect(cache.isProvedGone("uid-1"))
    }

    @Test func `A delegate that leaves the view with grace left is not proved gone`() throws {
        cache.store.replace([try delegate(version: "1", metadata: ending)], resourceVersion: "1")
        cache.store.apply(.deleted, try delegate(version: "2", metadata: ending))
        #expect(cache.departed("uid-1") != nil)
        #expect(!cache.isProvedGone("uid-1"))
    }

    @Test func `A list that lacks a delegate is no proof`() throws {
        cache.store.replace([try delegate(version: "1", metadata: ended)], resourceVersion: "1")
        cache.store.replace([], resourceVersion: "2")
        #expect(cache.departed("uid-1") != nil)
        #expect(!cache.isProvedGone("uid-1"))
    }

    /// The answer to the next creation may be lost: from then on something may run for the pod again.
    @Test func `The proof ends when another delegate is asked for`() async throws {
        let fixture = RemoteFixture()
        fixture.provider.cache.store.apply(.added, try delegate(version: "1", metadata: ended))
        fixture.provider.cache.store.apply(.deleted, try delegate(version: "2", metadata: ended))
        #expect(fixture.provider.isProvedGone("uid-1"))
        fixture.remote.fault(.loseAnswer, times: 1) { $0.verb == .create && $0.resource == "pods" }
        let error = try await RemoteFixture.failure { _ = try await fixture.provider.create(PodFixture.pod()) }
        #expect(error?.code == .unavailable)
        #expect(fixture.delegate != nil)
        #expect(!fixture.provider.isProvedGone("uid-1"))
        #expect(fixture.provider.departed("uid-1") != nil, "what it said last is kept")
    }
}
