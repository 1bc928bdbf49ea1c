import KubeClient
import KubeModel
import TestSupport
import Testing

@testable import Providers

/// What others write in a remote does not decide what is read in the origin, nor do delegates read what others keep there.
@Suite(.timeLimit(.minutes(1))) struct DependentTrustTests {
    private typealias Fixture = DependentsFixture

    private static let loot = ObjectKey(namespace: "shop", name: "x")
    private static let evil = ObjectKey(namespace: "shop", name: "evil")

    private static var coveted: JSON {
        var secret = DependentsFixture.secret("whatever")
        secret["metadata"]?["namespace"] = "kube-system"
        return secret
    }

    /// A Secret with the marks of a copy, made by a tenant of the remote.
    private static func forged(users: Set<String>) -> JSON {
        var source = coveted
        source["data"] = ["k": "Zm9yZ2Vk"]
        return DependentCopy.render(source, as: DependentKey(.secret, loot), originID: "origin-1", users: users)
    }

    /// A pod with the marks of a delegate that mounts it.
    private static func forgedDelegate(of pod: String) -> JSON {
        var delegate = RemoteFixture.delegate(of: "uid-9", name: evil.name)
        delegate["metadata"]?["annotations"] = ["martlet.dev/pod": .string(pod)]
        delegate["spec"] = ["volumes": [["name": "x", "secret": ["secretName": "x"]]]]
        return delegate
    }

    @Test(arguments: [[], [RemoteFixture.identity.owner]] as [Set<String>])
    func `A forged copy with a forged delegate shows nothing of the origin`(users: Set<String>) async throws {
        try await Fixture.run(
            remote: [Self.forged(users: users), Self.forgedDelegate(of: "shop/evil")],
            origin: [Self.coveted, Fixture.configMap()]
        ) { fixture in
            try await fixture.create(try fixture.add(Fixture.uses()))
            #expect(fixture.copy(.secrets, Self.loot)?["data"] == ["k": "Zm9yZ2Vk"])
            fixture.remote.remove(.pods, Self.evil)
            try await fixture.until(.secrets, Self.loot) { $0 == nil }
            #expect(fixture.origin.requests.allSatisfy { $0.key.namespace != "kube-system" })
            #expect(fixture.sources.watchCount == 1)
        }
    }

    @Test func `A pod with the marks of a delegate that stands elsewhere keeps no copy`() async throws {
        let owner = RemoteFixture.identity.owner
        try await Fixture.run(remote: [Self.forged(users: [owner]), Self.forgedDelegate(of: "shop/web-0")]) { fixture in
            try await fixture.until(.secrets, Self.loot) { $0 == nil }
            #expect(fixture.remote.object(.pods, Self.evil) != nil)
        }
    }

    private static func container(_ members: JSON) -> JSON {
        var container: JSON = ["name": "main", "image": "a"]
        for (key, value) in members.object ?? [:] { container[key] = value }
        return ["containers": [container]]
    }

    private static let volume: JSON = ["name": "robot", "secret": ["secretName": "robot"]]

    @Test(
        arguments: [
            container(["env": [["name": "T", "valueFrom": ["secretKeyRef": ["name": "robot", "key": "token"]]]]]),
            container(["envFrom": [["secretRef": ["name": "robot"]]]]),
            ["imagePullSecrets": [["name": "robot"]]],
            ["volumes": [["name": "v", "projected": ["sources": [["secret": ["name": "robot"]]]]]]],
            ["volumes": [["name": "v", "csi": ["driver": "d", "nodePublishSecretRef": ["name": "robot"]]]]],
            ["volumes": [volume], "imagePullSecrets": [["name": "robot"]]],
        ] as [JSON]
    )
    func `A pod that needs a token Secret otherwise than as a volume does not get the remote's of that name`(
        spec: JSON
    ) async throws {
        let token = Fixture.secret("robot", type: "kubernetes.io/service-account-token")
        try await Fixture.run(remote: [Fixture.secret("robot")], origin: [token]) { fixture in
            let pod = try fixture.add(spec)
            let error = try await fixture.failure(of: pod, reason: "TokenSecretNotCopied")
            #expect(error.message.contains("shop/robot"))
            #expect(fixture.remote.object(.pods, pod.key) == nil)
        }
    }

    @Test func `An ephemeral container follows what it refers to`() async throws {
        try await Fixture.run { fixture in
            let kinds: JSON = ["resources": [["name": "pods/ephemeralcontainers", "kind": "Pod"]]]
            fixture.remote.fault(.answer(kinds)) { $0.verb == .list && $0.resource.isEmpty }
            try await fixture.create(try fixture.add([:]))
            let container: JSON = [
                "name": "debug", "image": "debug:1", "envFrom": [["configMapRef": ["name": "settings"]]],
            ]
            let pod = try fixture.add(["ephemeralContainers": [container]])
            let instance = try #require(fixture.provider.instance(for: pod.uid))
            let error = try await RemoteFixture.failure { try await fixture.provider.update(pod, instance: instance) }
            #expect(error != nil)
            #expect(fixture.remote.requests(.patch, "pods/ephemeralcontainers").isEmpty)
            fixture.origin.put(Fixture.configMap())
            try await fixture.update(pod)
            #expect(fixture.copy()?["data"] == ["a": "1"])
            #expect(fixture.remote.requests(.patch, "pods/ephemeralcontainers").count == 1)
        }
    }
}
