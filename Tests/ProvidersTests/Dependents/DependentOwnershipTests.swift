import KubeClient
import KubeModel
import TestSupport
import Testing

@testable import Providers

/// Objects of others, copies of others, and what an earlier process left.
@Suite(.timeLimit(.minutes(1))) struct DependentOwnershipTests {
    private typealias Fixture = DependentsFixture
    private static let settings = DependentsFixture.settings

    /// A copy as a process made it.
    private static func copy(
        origin: String = "origin-1",
        users: Set<String> = [RemoteFixture.identity.owner],
        source: JSON = source(version: "7")
    ) -> JSON {
        var copy = DependentCopy.render(
            source,
            as: DependentKey(.configMap, settings),
            originID: origin,
            users: users
        )
        copy["metadata"]?["managedFields"] = [["manager": "martlet", "operation": "Apply"]]
        return copy
    }

    private static func source(version: String) -> JSON {
        var source = DependentsFixture.configMap()
        source["metadata"]?["uid"] = "s1"
        source["metadata"]?["resourceVersion"] = .string(version)
        return source
    }

    @Test(arguments: [
        Fixture.configMap(["a": "theirs"]), copy(origin: "origin-2"), copy(source: ["kind": "ConfigMap"]),
    ])
    func `An object of others is left alone, said on the pod, and heals when it goes`(stranger: JSON) async throws {
        var object = stranger
        object["metadata"]?["name"] = "settings"
        object["metadata"]?["namespace"] = "shop"
        if stranger.at("data") == nil { object["metadata"]?["labels"] = [:] }
        try await Fixture.run(remote: [object], origin: [Fixture.configMap()]) { fixture in
            let theirs = fixture.copy()
            let pod = try fixture.add(Fixture.uses())
            let error = try await fixture.failure(of: pod, reason: "ConfigMapNameTaken")
            #expect(error.code == .conflict)
            #expect(error.message.contains("us-east") && error.message.contains("shop/settings"))
            #expect(fixture.copy() == theirs)
            #expect(fixture.remote.object(.pods, pod.key) == nil)
            fixture.remote.remove(.configMaps, Self.settings)
            try await fixture.create(pod)
            #expect(fixture.copy()?["data"] == ["a": "1"])
        }
    }

    @Test func `A pod that runs is told when an optional object comes whose name is taken`() async throws {
        try await Fixture.run { fixture in
            let pod = try fixture.add(Fixture.uses(optional: true))
            try await fixture.create(pod)
            fixture.remote.put(Fixture.configMap(["a": "theirs"]))
            fixture.origin.put(Fixture.configMap())
            try await fixture.origin.until { origin in
                origin.requests(.create, "events").contains {
                    $0.body["reason"] == "ConfigMapNameTaken" && $0.body.at("involvedObject", "uid") == "uid-1"
                }
            }
            #expect(fixture.copy()?["data"] == ["a": "theirs"])
        }
    }

    @Test func `A pod does not get a stranger's object for an optional one that is missing`() async throws {
        try await Fixture.run(remote: [Fixture.configMap(["a": "theirs"])]) { fixture in
            let pod = try fixture.add(Fixture.uses(optional: true))
            _ = try await fixture.failure(of: pod, reason: "ConfigMapNameTaken")
            fixture.remote.remove(.configMaps, Self.settings)
            try await fixture.create(pod)
            #expect(fixture.copy() == nil)
        }
    }

    @Test func `A copy whose creation was answered to nobody is made anew`() async throws {
        try await Fixture.run(origin: [Fixture.configMap()]) { fixture in
            fixture.remote.fault(.loseAnswer, times: 1) { $0.verb == .create && $0.resource == "configmaps" }
            try await fixture.create(try fixture.add(Fixture.uses()))
            let copy = try #require(fixture.copy())
            #expect(copy.at("metadata", "annotations", "martlet.dev/source-version") != nil)
            #expect(copy.at("metadata", "managedFields")?[0]?["operation"] == "Apply")
        }
    }

    @Test func `A copy that others write on while it is made is finished all the same, and not made anew`() async throws
    {
        try await Fixture.run(origin: [Fixture.configMap()]) { fixture in
            fixture.remote.fault(.hold, times: 1) { $0.verb == .patch && $0.resource == "configmaps" }
            let pod = try fixture.add(Fixture.uses())
            let made = Task { try await fixture.create(pod) }
            try await fixture.remote.until { !$0.requests(.patch, "configmaps").isEmpty }
            var copy = try #require(fixture.copy())
            let created = copy.at("metadata", "uid")
            copy["metadata"]?["labels"]?["scanned"] = "yes"
            let entries = copy.at("metadata", "managedFields")?.array ?? []
            copy["metadata"]?["managedFields"] = .array([["manager": "scanner", "operation": "Update"]] + entries)
            fixture.remote.put(copy)
            fixture.remote.serveHeld()
            _ = try await made.value
            let finished = try #require(fixture.copy())
            #expect(finished.at("metadata", "uid") == created)
            #expect(fixture.remote.requests(.delete, "configmaps").isEmpty)
            let managers = finished.at("metadata", "managedFields")?.array?.map {
                "\($0["manager"]?.string ?? "")/\($0["operation"]?.string ?? "")"
            }
            #expect(managers == ["scanner/Update", "martlet/Apply"])
            #expect(finished.at("metadata", "annotations", "martlet.dev/source-version") != nil)
        }
    }

    @Test func `A copy whose labels somebody takes away gets them again`() async throws {
        try await Fixture.run(origin: [Fixture.configMap()]) { fixture in
            let pod = try fixture.add(Fixture.uses())
            try await fixture.create(pod)
            var copy = try #require(fixture.copy())
            let created = copy.at("metadata", "uid")
            copy["metadata"]?["labels"] = [:]
            fixture.remote.put(copy)
            try await fixture.until {
                $0?.at("metadata", "labels")?.stringMap["martlet.dev/copy"] == "true"
            }
            #expect(fixture.copy()?.at("metadata", "uid") == created)
            fixture.provider.podDeleted(pod.uid)
            fixture.remote.remove(.pods, pod.key)
            try await fixture.until { $0 == nil }
        }
    }

    @Test func `What an earlier process left is taken over without a write, or collected once all users are known`()
        async throws
    {
        var source = Fixture.configMap()
        source["metadata"]?["uid"] = "s1"
        let left = DependentKey(.configMap, ObjectKey(namespace: "gone", name: "left"))
        var sourceOfLeft = Fixture.configMap(name: "left")
        sourceOfLeft["metadata"]?["namespace"] = "gone"
        let leftCopy = DependentCopy.render(
            sourceOfLeft,
            as: left,
            originID: "origin-1",
            users: [RemoteFixture.identity.owner]
        )
        let other = Fixture.configMap(name: "other")
        try await Fixture.run(remote: [leftCopy], origin: [source, other], isComplete: false) { fixture in
            var stored = try #require(fixture.origin.object(.configMaps, Self.settings))
            stored = Self.copy(source: stored)
            fixture.remote.put(stored)
            try await fixture.create(try fixture.add(Fixture.uses()))
            #expect(fixture.calls(fixture.remote) == [])
            try await fixture.create(try fixture.add(Fixture.uses(configMap: "other"), uid: "uid-2", name: "web-1"))
            #expect(fixture.remote.object(.configMaps, left.place) != nil, "nothing goes before all is known")
            fixture.remote.clearRequests()
            fixture.provider.podsListed()
            try await fixture.until(.configMaps, left.place) { $0 == nil }
            #expect(fixture.calls(fixture.remote) == ["delete configmaps gone/left"])
            #expect(fixture.copy() != nil)
        }
    }

    @Test func `A delegate that an earlier process made counts as a user, also when its pod is gone`() async throws {
        var delegate = RemoteFixture.delegate()
        delegate["spec"] = Fixture.uses()
        let sources = [Fixture.configMap(), Fixture.configMap(name: "other")]
        try await Fixture.run(remote: [delegate, Self.copy()], origin: sources) { fixture in
            let other = try fixture.add(Fixture.uses(configMap: "other"), uid: "uid-2", name: "web-1")
            try await fixture.create(other)
            #expect(fixture.copy() != nil)
            fixture.remote.remove(.pods, RemoteFixture.key)
            try await fixture.until { $0 == nil }
        }
    }

    @Test func `Two virtual nodes of one origin share a copy; the last of them takes it away`() async throws {
        let other = "0123456789abcdef"
        try await Fixture.run(origin: [Fixture.configMap()]) { fixture in
            let source = try #require(fixture.origin.object(.configMaps, Self.settings))
            fixture.remote.put(Self.copy(users: [other], source: source))
            let pod = try fixture.add(Fixture.uses())
            try await fixture.create(pod)
            let own = DependentCopy.userLabel(RemoteFixture.identity.owner)
            try await fixture.until { $0?.at("metadata", "labels")?.stringMap[own] == "true" }
            #expect(fixture.copy()?.at("metadata", "labels")?.stringMap[DependentCopy.userLabel(other)] == "true")
            fixture.provider.podDeleted(pod.uid)
            fixture.remote.remove(.pods, pod.key)
            try await fixture.until { $0?.at("metadata", "labels")?.stringMap[own] == nil }
            #expect(fixture.copy()?.at("metadata", "labels")?.stringMap[DependentCopy.userLabel(other)] == "true")
            #expect(fixture.remote.requests(.delete, "configmaps").isEmpty)
        }
    }

    @Test func `The name of another virtual node that comes while a copy is written stays on it`() async throws {
        let label = DependentCopy.userLabel("0123456789abcdef")
        try await Fixture.run(origin: [Fixture.configMap()]) { fixture in
            try await fixture.create(try fixture.add(Fixture.uses()))
            fixture.remote.fault(.hold, times: 1) { $0.verb == .patch && $0.resource == "configmaps" }
            var source = try #require(fixture.origin.object(.configMaps, Self.settings))
            source["data"] = ["a": "2"]
            fixture.origin.put(source)
            try await fixture.remote.until { $0.requests(.patch, "configmaps").count == 2 }
            var copy = try #require(fixture.copy())
            copy["metadata"]?["labels"]?[label] = "true"
            fixture.remote.put(copy)
            fixture.remote.serveHeld()
            try await fixture.until { $0?["data"] == ["a": "2"] }
            #expect(fixture.copy()?.at("metadata", "labels")?.stringMap[label] == "true")
        }
    }

    @Test func `A copy that another virtual node comes to use while it is taken away stays`() async throws {
        let label = DependentCopy.userLabel("0123456789abcdef")
        try await Fixture.run(origin: [Fixture.configMap()]) { fixture in
            let pod = try fixture.add(Fixture.uses())
            try await fixture.create(pod)
            fixture.remote.fault(.hold, times: 1) { $0.verb == .delete && $0.resource == "configmaps" }
            fixture.provider.podDeleted(pod.uid)
            fixture.remote.remove(.pods, pod.key)
            try await fixture.remote.until { !$0.requests(.delete, "configmaps").isEmpty }
            var copy = try #require(fixture.copy())
            copy["metadata"]?["labels"]?[label] = "true"
            fixture.remote.put(copy)
            fixture.remote.serveHeld()
            let own = DependentCopy.userLabel(RemoteFixture.identity.owner)
            try await fixture.until { $0 == nil || $0?.at("metadata", "labels")?.stringMap[own] == nil }
            #expect(fixture.copy()?.at("metadata", "labels")?.stringMap[label] == "true")
        }
    }

    @Test func `A copy outlives its last user for a while, as the pods of a rolling update come and go`() async throws {
        let sources = [Fixture.configMap(), Fixture.configMap(name: "other")]
        try await Fixture.run(origin: sources, grace: .seconds(600)) { fixture in
            let pod = try fixture.add(Fixture.uses())
            try await fixture.create(pod)
            fixture.provider.podDeleted(pod.uid)
            fixture.remote.remove(.pods, pod.key)
            try await fixture.create(try fixture.add(Fixture.uses(configMap: "other"), uid: "uid-2", name: "web-1"))
            try await fixture.create(try fixture.add(Fixture.uses(), uid: "uid-3", name: "web-2"))
            #expect(fixture.remote.requests(.create, "configmaps").count == 2)
            #expect(fixture.remote.requests(.delete, "configmaps").isEmpty)
        }
    }

    @Test func `A source that is there is no missing one, whatever the watch says`() async throws {
        let sources = [Fixture.configMap(), Fixture.configMap(name: "other")]
        try await Fixture.run(origin: sources) { fixture in
            try await fixture.create(try fixture.add(Fixture.uses()))
            let live = try #require(fixture.origin.object(.configMaps, Self.settings))
            fixture.origin.fault(.answer(live)) { $0.verb == .get && $0.key == Self.settings }
            fixture.origin.remove(.configMaps, Self.settings)
            try await fixture.origin.until { origin in
                origin.requests(.get, "configmaps").filter { $0.key == Self.settings }.count >= 2
            }
            try await fixture.create(try fixture.add(Fixture.uses(configMap: "other"), uid: "uid-2", name: "web-1"))
            #expect(fixture.remote.requests(.delete, "configmaps").isEmpty)
            #expect(fixture.copy() != nil)
        }
    }

    @Test func `A refusal of the remote is said on the pod with the remote's words, and tried again`() async throws {
        try await Fixture.run(origin: [Fixture.configMap()]) { fixture in
            fixture.remote.fault(.refuse(403, reason: "Forbidden", message: "exceeded quota"), times: 3) {
                $0.verb == .create && $0.resource == "configmaps"
            }
            let pod = try fixture.add(Fixture.uses())
            let error = try await fixture.failure(of: pod, reason: "ConfigMapNotCopied")
            #expect(error.message.contains("exceeded quota"))
            #expect(error.code == .rejected, "its controller gets to decide")
            try await fixture.create(pod)
        }
    }

    @Test func `A remote that lets no copies be seen is told`() async throws {
        try await Fixture.run(
            origin: [Fixture.configMap()],
            faults: { remote in
                remote.fault(.refuse(403, reason: "Forbidden", message: "no")) { $0.resource == "configmaps" }
            }
        ) { fixture in
            let pod = try fixture.add(Fixture.uses())
            let error = try await fixture.failure(of: pod, reason: "ConfigMapCopiesForbidden")
            #expect(error.message.contains("us-east"))
        }
    }
}
