import KubeModel
import Synchronization
import Testing

@testable import KubeClient

@Suite(.timeLimit(.minutes(1))) struct ObjectStoreTests {
    private let store = ObjectStore<RawObject>()
    private let seen = Seen()

    init() {
        store.onChange { [seen] change in seen.add(change) }
    }

    /// Notes changes as texts: `list +a@1`, `watch a@1>a@2`, `watch -a@2`.
    private final class Seen: Sendable {
        private let texts = Mutex<[String]>([])

        func add(_ change: StoreChange<RawObject>) {
            func text(_ object: RawObject) -> String { "\(object.key.name)@\(object.metadata.resourceVersion)" }
            let what =
                switch (change.old, change.new) {
                case (nil, let new?): "+\(text(new))"
                case (let old?, nil): "-\(text(old))"
                case (let old?, let new?): "\(text(old))>\(text(new))"
                case (nil, nil): "nothing"
                }
            texts.withLock { $0.append("\(change.source) \(what)") }
        }

        func take() -> [String] {
            texts.withLock { texts in
                defer { texts = [] }
                return texts
            }
        }
    }

    @Test func `Who comes later is told what there is, and then what changes`() throws {
        store.replace([try object("a", 1)], resourceVersion: "1")
        let late = Seen()
        store.follow(for: late) { [weak late] objects in
            for object in objects { late?.add(StoreChange(old: nil, new: object, source: .list)) }
        } onChange: { [weak late] in
            late?.add($0)
        }
        store.apply(.modified, try object("a", 2))
        #expect(late.take() == ["list +a@1", "watch a@1>a@2"])
    }

    @Test func `An observer goes with its owner`() throws {
        let count = Mutex(0)
        final class Owner: Sendable {}
        do {
            let owner = Owner()
            store.onChange(for: owner) { _ in count.withLock { $0 += 1 } }
            store.apply(.added, try object("a", 1))
            withExtendedLifetime(owner) {}
        }
        // The delivery that finds it without an owner is the last.
        store.apply(.modified, try object("a", 2))
        let told = count.withLock { $0 }
        store.apply(.modified, try object("a", 3))
        #expect(count.withLock { $0 } == told)
    }

    private func object(_ name: String, _ version: Int, uid: String? = nil) throws -> RawObject {
        try RawObject(json: [
            "metadata": [
                "name": .string(name), "namespace": "shop", "uid": .string(uid ?? "uid-\(name)"),
                "resourceVersion": .string("\(version)"),
            ]
        ])
    }

    private func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "shop", name: name) }

    private func version(_ name: String) -> String? { store.get(key(name))?.metadata.resourceVersion }

    @Test("A list brings what is new, changes what differs and takes away what is gone")
    func replace() throws {
        try store.replace([object("a", 1), object("b", 2), object("c", 3)], resourceVersion: "3")
        #expect(seen.take() == ["list +a@1", "list +b@2", "list +c@3"])
        try store.replace([object("b", 2), object("c", 5)], resourceVersion: "9")
        #expect(Set(seen.take()) == ["list c@3>c@5", "list -a@1"])
        #expect(store.resourceVersion == "9")
        #expect(Set(store.keys.map(\.name)) == ["b", "c"])
        #expect(store.count == 2)
        #expect(store.get(uid: "uid-a") == nil)
        #expect(store.get(uid: "uid-c")?.metadata.resourceVersion == "5")
    }

    @Test("Events of the watch add, change and delete, and move the version")
    func apply() throws {
        try store.apply(.added, object("a", 1))
        try store.apply(.modified, object("a", 2))
        try store.apply(.modified, object("a", 2))
        #expect(store.resourceVersion == "2")
        try store.apply(.deleted, object("a", 3))
        try store.apply(.deleted, object("a", 3))
        #expect(seen.take() == ["watch +a@1", "watch a@1>a@2", "watch -a@2"])
        #expect(store.resourceVersion == "3")
        store.advance(to: "8")
        #expect(store.resourceVersion == "8")
        #expect(seen.take().isEmpty)
    }

    @Test("An object of the same name in another life is another object")
    func anotherLife() throws {
        try store.apply(.added, object("a", 1, uid: "first"))
        try store.apply(.added, object("a", 5, uid: "second"))
        #expect(store.get(uid: "first") == nil)
        try store.apply(.deleted, object("a", 4, uid: "first"))
        #expect(store.get(uid: "second") != nil)
    }

    @Test("An answer is seen at once, and the watch's word on it is no news")
    func upsert() throws {
        try store.apply(.added, object("a", 1))
        #expect(try store.upsert(object("a", 3)))
        #expect(version("a") == "3")
        try store.apply(.modified, object("a", 3))
        try store.apply(.modified, object("a", 4))
        #expect(seen.take() == ["watch +a@1", "answer a@1>a@3", "watch a@3>a@4"])
    }

    @Test("What the watch tells before it has told the answer is older than the answer")
    func answerStaysAhead() throws {
        try store.apply(.added, object("a", 1))
        try store.upsert(object("a", 3))
        try store.apply(.modified, object("a", 2))
        #expect(version("a") == "3")
        #expect(store.resourceVersion == "2")
        try store.apply(.modified, object("a", 3))
        try store.apply(.modified, object("a", 4))
        #expect(version("a") == "4")
    }

    @Test("A second answer follows the first, and the watch catches up with both")
    func twoAnswers() throws {
        try store.apply(.added, object("a", 1))
        try store.upsert(object("a", 2))
        try store.upsert(object("a", 3))
        try store.apply(.modified, object("a", 2))
        #expect(version("a") == "3")
        try store.apply(.modified, object("a", 3))
        try store.apply(.modified, object("a", 4))
        #expect(version("a") == "4")
    }

    @Test("An answer that comes after the watch went on is not taken")
    func lateAnswer() throws {
        try store.apply(.added, object("a", 1))
        try store.apply(.modified, object("a", 2))
        try store.apply(.modified, object("a", 3))
        #expect(try !store.upsert(object("a", 2)))
        #expect(version("a") == "3")
        try store.apply(.deleted, object("a", 4))
        #expect(try !store.upsert(object("a", 2)))
        #expect(try !store.upsert(object("a", 9)))
        #expect(store.count == 0)
    }

    @Test("An answer that a list told already, and the watch went beyond, is not taken")
    func lateAnswerAfterList() throws {
        try store.replace([object("a", 2)], resourceVersion: "2")
        try store.apply(.modified, object("a", 3))
        #expect(try !store.upsert(object("a", 2)))
        #expect(version("a") == "3")
    }

    @Test("An answer to a call from before a list is not taken")
    func answerAcrossList() throws {
        let mark = store.mark()
        store.replace([], resourceVersion: "7")
        #expect(try !store.upsert(object("a", 5), since: mark))
        #expect(try store.upsert(object("a", 8), since: store.mark()))
        #expect(version("a") == "8")
    }

    @Test("An object that was answered and then ended is gone")
    func answeredThenDeleted() throws {
        try store.upsert(object("a", 3))
        try store.apply(.deleted, object("a", 4))
        #expect(store.count == 0)
        #expect(seen.take() == ["answer +a@3", "watch -a@3"])
    }

    @Test("The end of an earlier life does not end the one that was answered")
    func answeredInNextLife() throws {
        try store.apply(.added, object("a", 1, uid: "first"))
        try store.upsert(object("a", 4, uid: "second"))
        try store.apply(.modified, object("a", 2, uid: "first"))
        try store.apply(.deleted, object("a", 3, uid: "first"))
        #expect(store.get(key("a"))?.metadata.uid == "second")
        try store.apply(.added, object("a", 4, uid: "second"))
        #expect(version("a") == "4")
    }

    @Test("A list is the truth, also about what was answered")
    func listOverAnswer() throws {
        try store.upsert(object("a", 3))
        try store.replace([object("a", 5)], resourceVersion: "6")
        #expect(version("a") == "5")
        try store.apply(.modified, object("a", 7))
        #expect(version("a") == "7")
    }

    @Test("Changes that an observer makes are delivered after the one it looks at")
    func reentrant() throws {
        let store = store
        let second = try object("b", 2)
        store.onChange { change in
            if change.new?.key.name == "a" { store.apply(.added, second) }
        }
        try store.apply(.added, object("a", 1))
        #expect(seen.take() == ["watch +a@1", "watch +b@2"])
    }

    @Test("Changes of many tasks are delivered one at a time, each object's in its order")
    func concurrent() async throws {
        let delivered = Mutex<(inside: Bool, overlaps: Int, last: [String: Int], disorder: Int)>((false, 0, [:], 0))
        let store = ObjectStore<RawObject>()
        store.onChange { change in
            guard let new = change.new, let version = Int(new.metadata.resourceVersion) else { return }
            delivered.withLock { state in
                if state.inside { state.overlaps += 1 }
                state.inside = true
            }
            delivered.withLock { state in
                state.inside = false
                if state.last[new.key.name, default: -1] >= version { state.disorder += 1 }
                state.last[new.key.name] = version
            }
        }
        let objects = try (0..<8).map { task in try (0..<200).map { try object("o\(task)", task * 1000 + $0) } }
        await withTaskGroup(of: Void.self) { group in
            for list in objects {
                group.addTask { for object in list { store.apply(.modified, object) } }
            }
        }
        let result = delivered.withLock { $0 }
        #expect(result.overlaps == 0)
        #expect(result.disorder == 0)
        #expect(result.last.count == 8)
        #expect(result.last.allSatisfy { $0.value % 1000 == 199 })
    }

    @Test("A store is synced once its first list was delivered")
    func synced() async throws {
        #expect(!store.isSynced)
        let syncedInside = Mutex(true)
        store.onChange { [store] _ in syncedInside.withLock { $0 = store.isSynced } }
        async let waiting: Void = store.waitUntilSynced()
        try store.replace([object("a", 1)], resourceVersion: "1")
        try await waiting
        #expect(store.isSynced)
        #expect(!syncedInside.withLock { $0 })
        try await store.waitUntilSynced()
    }

    @Test("Waiting for a list ends when it is cancelled")
    func cancelledWait() async throws {
        let waiting = Task { [store] in try await store.waitUntilSynced() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    @Test("Recent texts forget the oldest first")
    func recentTexts() {
        var recent = RecentTexts(capacity: 2)
        for text in ["a", "b", "a", "", "c"] { recent.insert(text) }
        #expect(!recent.contains("a"))
        #expect(recent.contains("b"))
        #expect(recent.contains("c"))
        #expect(!recent.contains(""))
        let endless = String(repeating: "9", count: 1000)
        recent.insert(endless)
        #expect(!recent.contains(endless))
    }
}
