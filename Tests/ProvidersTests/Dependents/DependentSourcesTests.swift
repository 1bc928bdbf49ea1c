import KubeClient
import KubeModel
import Synchronization
import TestSupport
import Testing

@testable import Providers

/// What is watched in the origin, and how often.
@Suite(.timeLimit(.minutes(1))) struct DependentSourcesTests {
    private let origin = ScriptedCluster("origin")
    private let changes = ChangeLog()

    private func run(_ body: (DependentSources) async throws -> Void) async throws {
        let sources = DependentSources(client: origin.client(), logger: origin.logger, metrics: origin.metrics)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sources.run() }
            try await body(sources)
            group.cancelAll()
        }
    }

    private func holder(_ sources: DependentSources) -> Int { sources.addHolder { _ in changes.note("") } }

    private static func key(_ name: String) -> DependentKey {
        DependentKey(.secret, ObjectKey(namespace: "shop", name: name))
    }

    @Test func `Each object is watched by its name, once for all who hold it`() async throws {
        origin.put(DependentsFixture.secret("keys"))
        try await run { sources in
            let (first, second) = (holder(sources), holder(sources))
            sources.hold(Self.key("keys"), by: first)
            sources.hold(Self.key("keys"), by: second)
            sources.hold(Self.key("absent"), by: first)
            try await changes.until {
                sources.state(of: Self.key("keys")).isPresent && sources.state(of: Self.key("absent")) == .missing
            }
            let selectors = origin.requests(.list, "secrets").map { $0.query["fieldSelector"] }
            #expect(Set(selectors) == ["metadata.name=keys", "metadata.name=absent"])
            #expect(selectors.count == 2)
            #expect(origin.requests(.list, "secrets").allSatisfy { $0.key.namespace == "shop" })
            sources.release(Self.key("keys"), by: first)
            #expect(sources.state(of: Self.key("keys")).isPresent)
            sources.removeHolder(second)
            #expect(sources.state(of: Self.key("keys")) == .unknown)
            #expect(sources.watchCount == 1)
        }
    }

    @Test func `Beyond a number of objects those of one namespace share a watch`() async throws {
        let names = (0..<40).map { "s-\($0)" }
        for name in names { origin.put(DependentsFixture.secret(name)) }
        try await run { sources in
            let holder = holder(sources)
            for name in names { sources.hold(Self.key(name), by: holder) }
            try await changes.until { names.allSatisfy { sources.state(of: Self.key($0)).isPresent } }
            #expect(sources.watchCount == DependentSources.singlesPerCollection + 1)
            for name in names { sources.release(Self.key(name), by: holder) }
            #expect(sources.watchCount == 0)
        }
    }

    @Test func `A Secret of Helm's, which shared watches leave out, is watched by its name`() async throws {
        let release = Self.key("sh.helm.release.v1.shop.v1")
        origin.put(DependentsFixture.secret(release.name, type: "helm.sh/release.v1"))
        try await run { sources in
            let holder = holder(sources)
            for number in 0..<20 { sources.hold(Self.key("s-\(number)"), by: holder) }
            sources.hold(release, by: holder)
            try await changes.until { sources.state(of: release).isPresent }
            #expect(
                origin.requests(.list, "secrets").contains {
                    $0.query["fieldSelector"] == "metadata.name=\(release.name)"
                }
            )
            #expect(sources.watchCount == DependentSources.singlesPerCollection + 2)
        }
    }

    @Test func `A change in a shared watch reaches who holds the object`() async throws {
        let told = Mutex<Set<DependentKey>>([])
        try await run { sources in
            let holder = sources.addHolder { key in
                told.withLock { _ = $0.insert(key) }
                changes.note("")
            }
            for number in 0..<20 { sources.hold(Self.key("s-\(number)"), by: holder) }
            try await changes.until { sources.state(of: Self.key("s-19")) == .missing }
            told.withLock { $0 = [] }
            origin.put(DependentsFixture.secret("s-19"))
            origin.put(DependentsFixture.secret("not-held"))
            try await changes.until { sources.state(of: Self.key("s-19")).isPresent }
            try await changes.until { told.withLock { $0.contains(Self.key("s-19")) } }
            #expect(!told.withLock { $0.contains(Self.key("not-held")) })
        }
    }

    /// Holds so many objects that further ones share a watch.
    private func fill(_ sources: DependentSources, by holder: Int) {
        for number in 0..<DependentSources.singlesPerCollection {
            sources.hold(Self.key("s-\(number)"), by: holder)
        }
    }

    @Test func `A Secret of Helm's type by another name is found all the same`() async throws {
        let odd = Self.key("odd")
        origin.put(DependentsFixture.secret(odd.name, type: "helm.sh/release.v1"))
        try await run { sources in
            let holder = holder(sources)
            fill(sources, by: holder)
            sources.hold(odd, by: holder)
            try await changes.until { sources.state(of: odd).isPresent }
            #expect(origin.lines == ["get secrets shop/odd"])
            #expect(sources.watchCount == DependentSources.singlesPerCollection + 1, "the shared one has ended")
            sources.release(odd, by: holder)
            #expect(sources.watchCount == DependentSources.singlesPerCollection)
        }
    }

    @Test func `That a shared watch does not show a Secret is confirmed by one read`() async throws {
        let absent = Self.key("absent")
        origin.fault(.refuse(500, reason: "InternalError"), times: 1) { $0.verb == .get }
        try await run { sources in
            let holder = holder(sources)
            fill(sources, by: holder)
            sources.hold(absent, by: holder)
            try await changes.until { sources.state(of: absent) == .missing }
            #expect(origin.lines == ["get secrets shop/absent", "get secrets shop/absent"], "an error proves nothing")
            origin.put(DependentsFixture.secret(absent.name))
            try await changes.until { sources.state(of: absent).isPresent }
            origin.remove(.secrets, absent.place)
            try await changes.until { sources.state(of: absent) == .missing }
            #expect(origin.lines.count == 3)
        }
    }
}
