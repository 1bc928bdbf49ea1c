import KubeClient
import KubeModel
import TestSupport
import Testing

@testable import Providers

/// The copies of what pods refer to, from the first user to the last.
@Suite(.timeLimit(.minutes(1))) struct DependentsTests {
    private typealias Fixture = DependentsFixture
    private static let settings = DependentsFixture.settings

    @Test func `A delegate is made after what it refers to, and by reference`() async throws {
        try await Fixture.run(origin: [Fixture.configMap(), Fixture.secret("keys"), Fixture.secret("registry")]) {
            fixture in
            var spec = Fixture.uses()
            spec["volumes"] = [["name": "keys", "secret": ["secretName": "keys"]]]
            spec["imagePullSecrets"] = [["name": "registry"]]
            try await fixture.create(try fixture.add(spec))
            let writes = fixture.remote.requests.filter { $0.verb == .create }
            #expect(writes.last?.resource == "pods")
            #expect(Set(writes.map(\.resource)) == ["configmaps", "secrets", "pods"])
            #expect(fixture.copy()?["data"] == ["a": "1"])
            for name in ["keys", "registry"] {
                let key = ObjectKey(namespace: "shop", name: name)
                #expect(fixture.copy(.secrets, key)?["data"] == ["k": "dg=="])
            }
            let delegate = fixture.remote.object(.pods, RemoteFixture.key)
            #expect(delegate?.at("spec", "containers") == spec["containers"])
            #expect(delegate?.at("spec", "volumes") == spec["volumes"])
        }
    }

    @Test func `A hundred pods of one workload cost the calls of one`() async throws {
        try await Fixture.run(origin: [Fixture.configMap()]) { fixture in
            for number in 0..<100 {
                let pod = try fixture.add(Fixture.uses(), uid: "uid-\(number)", name: "web-\(number)")
                try await fixture.create(pod)
            }
            #expect(
                fixture.calls(fixture.remote) == ["create configmaps shop/settings", "patch configmaps shop/settings"]
            )
            #expect(fixture.calls(fixture.origin) == ["get configmaps shop/settings"])
            try await fixture.origin.until { $0.requests(.watch, "configmaps").count == 1 }
            #expect(fixture.sources.watchCount == 1)
            let copies = fixture.provider.connection.copies
            #expect(copies.need(of: .configMap).isOpen && !copies.need(of: .secret).isOpen)
        }
    }

    @Test func `An edit reaches the copy: keys that came, changed and went`() async throws {
        try await Fixture.run(origin: [Fixture.configMap(["a": "1", "b": "2"])]) { fixture in
            try await fixture.create(try fixture.add(Fixture.uses()))
            fixture.origin.put(
                Fixture.configMap(["b": "3", "c": "4"], ["metadata": metadata(uid: sourceUID(fixture))])
            )
            try await fixture.until { $0?["data"] == ["b": "3", "c": "4"] }
            #expect(fixture.calls(fixture.remote).last == "patch configmaps shop/settings")
            let apply = fixture.remote.requests(.patch, "configmaps").last
            #expect(apply?.query["fieldManager"] == "martlet")
            #expect(apply?.query["force"] == "true")
        }
    }

    @Test func `A copy that others changed is brought back, once`() async throws {
        try await Fixture.run(origin: [Fixture.configMap()]) { fixture in
            try await fixture.create(try fixture.add(Fixture.uses()))
            var copy = try #require(fixture.copy())
            copy["data"] = ["a": "forged"]
            fixture.remote.put(copy)
            try await fixture.until { $0?["data"] == ["a": "1"] }
        }
    }

    @Test func `A copy that others took away is made again`() async throws {
        try await Fixture.run(origin: [Fixture.configMap()]) { fixture in
            try await fixture.create(try fixture.add(Fixture.uses()))
            fixture.remote.remove(.configMaps, Self.settings)
            try await fixture.until { $0?["data"] == ["a": "1"] }
        }
    }

    @Test func `An immutable source that is made anew replaces its copy`() async throws {
        try await Fixture.run(origin: [Fixture.configMap(["a": "1"], ["immutable": true])]) { fixture in
            try await fixture.create(try fixture.add(Fixture.uses()))
            let first = fixture.copy()?.at("metadata", "uid")
            fixture.origin.remove(.configMaps, Self.settings)
            fixture.origin.put(Fixture.configMap(["a": "2"], ["immutable": true]))
            try await fixture.until { $0?["data"] == ["a": "2"] }
            #expect(fixture.copy()?.at("metadata", "uid") != first)
        }
    }

    @Test func `A copy that somebody made immutable is replaced when its source changes`() async throws {
        try await Fixture.run(origin: [Fixture.configMap()]) { fixture in
            try await fixture.create(try fixture.add(Fixture.uses()))
            var copy = try #require(fixture.copy())
            copy["immutable"] = true
            fixture.remote.put(copy)
            fixture.origin.put(Fixture.configMap(["a": "2"], ["metadata": metadata(uid: sourceUID(fixture))]))
            try await fixture.until { $0?["data"] == ["a": "2"] }
        }
    }

    @Test func `A copy goes with its last user, and with its source`() async throws {
        try await Fixture.run(origin: [Fixture.configMap()]) { fixture in
            let first = try fixture.add(Fixture.uses(), uid: "a", name: "web-0")
            try await fixture.create(first)
            try await fixture.create(try fixture.add(Fixture.uses(), uid: "b", name: "web-1"))
            fixture.provider.podDeleted("a")
            fixture.remote.remove(.pods, first.key)
            fixture.origin.remove(.configMaps, Self.settings)
            try await fixture.until { $0 == nil }
            fixture.origin.put(Fixture.configMap(["a": "2"]))
            try await fixture.until { $0?["data"] == ["a": "2"] }
            fixture.provider.podDeleted("b")
            try await fixture.remote.until { $0.requests(.watch, "pods").count > 0 }
            #expect(fixture.copy() != nil, "the delegate still uses it")
            fixture.remote.remove(.pods, ObjectKey(namespace: "shop", name: "web-1"))
            try await fixture.until { $0 == nil }
            try await fixture.origin.until { _ in fixture.sources.watchCount == 0 }
            let deletions = fixture.remote.requests(.delete, "configmaps")
            #expect(deletions.allSatisfy { $0.body.at("preconditions", "uid") != nil })
        }
    }

    @Test func `A finished pod needs nothing any more`() async throws {
        try await Fixture.run(origin: [Fixture.configMap()]) { fixture in
            let pod = try fixture.add(Fixture.uses())
            try await fixture.create(pod)
            var delegate = try #require(fixture.remote.object(.pods, pod.key))
            delegate["status"] = ["phase": "Succeeded"]
            fixture.remote.put(delegate)
            let done = PodFixture.json(spec: Fixture.uses(), status: ["phase": "Succeeded"])
            fixture.provider.podChanged(try Pod(json: done))
            try await fixture.until { $0 == nil }
        }
    }

    // MARK: - Missing objects

    @Test func `A pod waits for a mandatory object and is told when it comes`() async throws {
        try await Fixture.run { fixture in
            let pod = try fixture.add(Fixture.uses())
            let error = try await fixture.failure(of: pod, reason: "MandatoryConfigMapNotFound")
            #expect(error.code == .missing(kind: "ConfigMap", key: Self.settings))
            #expect(fixture.calls(fixture.remote).isEmpty)
            fixture.origin.put(Fixture.configMap())
            try await fixture.create(pod)
            #expect(fixture.copy() != nil)
        }
    }

    @Test func `A pod starts without an optional object, which comes and goes later`() async throws {
        try await Fixture.run { fixture in
            let notices = try await fixture.create(try fixture.add(Fixture.uses(optional: true)))
            #expect(notices.map(\.reason) == ["OptionalConfigMapNotFound"])
            #expect(fixture.copy() == nil)
            fixture.origin.put(Fixture.configMap())
            try await fixture.until { $0?["data"] == ["a": "1"] }
            fixture.origin.remove(.configMaps, Self.settings)
            try await fixture.until { $0 == nil }
        }
    }

    @Test func `What may not be read in the origin is said`() async throws {
        try await Fixture.run { fixture in
            fixture.origin.fault(.refuse(403, reason: "Forbidden", message: "no")) { $0.resource == "configmaps" }
            let pod = try fixture.add(Fixture.uses())
            let error = try await fixture.failure(of: pod, reason: "ConfigMapForbidden")
            #expect(error.message.contains("shop/settings"))
        }
    }

    @Test(arguments: [
        AnswerCase(
            .refuse(403, reason: "Forbidden"),
            .missing(kind: "ConfigMap", key: Self.settings),
            "ConfigMapForbidden"
        ),
        AnswerCase(.refuse(400, reason: "BadRequest"), .unavailable, "ConfigMapNotRead"),
        AnswerCase(.refuse(429, reason: "TooManyRequests"), .throttled(after: nil), "ConfigMapNotRead"),
        AnswerCase(.refuse(500, reason: "InternalError"), .unavailable, "ConfigMapNotRead"),
    ])
    func `That the origin does not give an object is no refusal by the cluster`(answer: AnswerCase) async throws {
        try await Fixture.run(origin: [Fixture.configMap()]) { fixture in
            fixture.origin.fault(answer.fault) { $0.verb == .get && $0.resource == "configmaps" }
            let pod = try fixture.add(Fixture.uses())
            let error = try await fixture.failure(of: pod, reason: answer.reason ?? "")
            #expect(error.code == answer.code)
            #expect(error.message.contains("can't be read in the origin"))
            fixture.origin.endFaults()
            try await fixture.create(pod)
            #expect(fixture.copy()?["data"] == ["a": "1"])
        }
    }

    @Test func `A Secret that holds a token is not copied, and the pod does not wait for it`() async throws {
        let token = Fixture.secret("robot", type: "kubernetes.io/service-account-token")
        try await Fixture.run(origin: [token]) { fixture in
            let spec: JSON = ["volumes": [["name": "robot", "secret": ["secretName": "robot"]]]]
            try await fixture.create(try fixture.add(spec))
            #expect(fixture.calls(fixture.remote).isEmpty)
        }
    }

    private func sourceUID(_ fixture: DependentsFixture) -> String {
        fixture.origin.object(.configMaps, Self.settings)?.at("metadata", "uid")?.string ?? ""
    }

    private func metadata(uid: String) -> JSON {
        ["name": "settings", "namespace": "shop", "uid": .string(uid)]
    }
}
