import KubeClient
import KubeModel
import TestSupport
import Testing

@testable import Providers

/// In-place changes that are behind subresources, on remotes of several ages.
@Suite(.timeLimit(.minutes(1))) struct InPlaceChangeTests {
    private let fixture = RemoteFixture()

    private static let debugged = PodFixture.json(
        metadata: ["labels": ["tier": "gold"]],
        spec: ["ephemeralContainers": [["name": "debug", "image": "debug:1"]]]
    )
    private static let resized = PodFixture.json(
        metadata: ["labels": ["tier": "gold"]],
        spec: [
            "containers": [
                ["name": "main", "image": "registry.example/web:1", "resources": ["requests": ["cpu": "2"]]]
            ]
        ]
    )

    private func serve(_ resources: [(name: String, kind: String)], version: String) {
        let list = resources.map { resource -> JSON in ["name": .string(resource.name), "kind": .string(resource.kind)]
        }
        fixture.remote.fault(.answer(["resources": .array(list)])) { $0.verb == .list && $0.resource.isEmpty }
        _ = fixture.provider.source.health.answered(version: version, took: .milliseconds(1), wait: .milliseconds(1))
    }

    private func bring(_ json: JSON) async throws -> ProviderError? {
        _ = try await fixture.provider.create(Pod(json: PodFixture.json()))
        return try await again(json)
    }

    private func again(_ json: JSON) async throws -> ProviderError? {
        let instance = try #require(fixture.provider.instance(for: "uid-1"))
        return try await RemoteFixture.failure {
            try await fixture.provider.update(Pod(json: json), instance: instance)
        }
    }

    private var patched: [String] { fixture.remote.requests.filter { $0.verb == .patch }.map(\.resource) }

    @Test(arguments: [("Pod", "/spec/ephemeralContainers"), ("EphemeralContainers", "/ephemeralContainers")])
    func `An ephemeral container goes by the subresource, in the form of the release`(
        kind: String,
        path: String
    ) async throws {
        serve([("pods/ephemeralcontainers", kind)], version: "v1.25.0")
        #expect(try await bring(Self.debugged) == nil)
        #expect(patched == ["pods/ephemeralcontainers", "pods"])
        let patch = fixture.remote.requests(.patch, "pods/ephemeralcontainers").first?.body
        #expect(patch?[1]?["path"]?.string == path)
        #expect(fixture.provider.instance(for: "uid-1")?.fingerprint == PodFingerprint(of: Self.debugged))
    }

    @Test func `A privileged ephemeral container stays out, for ever, and the others go`() async throws {
        serve([("pods/ephemeralcontainers", "Pod")], version: "v1.31.2")
        let plain: JSON = ["name": "plain", "image": "debug:1"]
        let privileged: JSON = ["name": "root", "image": "debug:1", "securityContext": ["privileged": true]]
        let both = PodFixture.json(spec: ["ephemeralContainers": [privileged, plain]])
        let error = try await bring(both)
        #expect(error?.code == .rejected)
        #expect(error?.reason == "PrivilegedForbidden")
        let sent = fixture.remote.requests(.patch, "pods/ephemeralcontainers").compactMap {
            $0.body[1]?["value"]?.array
        }
        #expect(sent == [[plain]])
        #expect(try await again(both)?.reason == "PrivilegedForbidden")
        #expect(fixture.remote.requests(.patch, "pods/ephemeralcontainers").count == 1)
    }

    private static let enlarged = PodFixture.json(spec: ["resources": ["requests": ["cpu": "4"]]])

    @Test func `The resources of a pod as a whole go with the others`() async throws {
        serve([("pods/resize", "Pod")], version: "v1.35.0")
        _ = try await fixture.provider.create(
            Pod(json: PodFixture.json(spec: ["resources": ["requests": ["cpu": "2"]]]))
        )
        #expect(try await again(Self.enlarged) == nil)
        #expect(fixture.delegate?.at("spec", "resources", "requests", "cpu") == "4")
    }

    @Test func `A remote that drops the resources of a pod as a whole has not resized it`() async throws {
        serve([("pods/resize", "Pod")], version: "v1.33.0")
        _ = try await fixture.provider.create(Pod(json: PodFixture.json()))
        let delegate = try #require(fixture.delegate)
        fixture.remote.fault(.answer(delegate)) { $0.resource == "pods/resize" }
        let error = try await again(Self.enlarged)
        #expect(error?.reason == "ResizeUnsupported")
        #expect(error?.code == .rejected)
    }

    @Test func `A remote that takes no ephemeral containers says so, and gets the rest of the change`() async throws {
        serve([("pods/status", "Pod")], version: "v1.20.2")
        let error = try await bring(Self.debugged)
        #expect(error?.code == .rejected)
        #expect(error?.reason == "EphemeralContainersUnsupported")
        #expect(patched == ["pods"])
        #expect(fixture.delegate?.at("metadata", "labels", "tier") == "gold")
        #expect(try await again(Self.debugged)?.reason == "EphemeralContainersUnsupported")
        #expect(patched == ["pods"], "the rest is not sent again")
    }

    @Test func `A resize goes by the subresource where there is one`() async throws {
        serve([("pods/resize", "Pod")], version: "v1.34.0")
        #expect(try await bring(Self.resized) == nil)
        #expect(patched == ["pods/resize", "pods"])
    }

    @Test func `A resize goes by an ordinary patch where that may do, and a refusal is told`() async throws {
        serve([], version: "v1.30.0")
        fixture.remote.fault(.refuse(422, reason: "Invalid", message: "may not change"), times: 1) {
            $0.verb == .patch && $0.body.array != nil
        }
        let error = try await bring(Self.resized)
        #expect(error?.code == .rejected)
        #expect(error?.message.contains("may not change") == true)
        #expect(patched == ["pods", "pods"])
        #expect(fixture.delegate?.at("metadata", "labels", "tier") == "gold")
    }

    @Test func `A remote that can't resize is not asked to`() async throws {
        serve([], version: "v1.20.2")
        #expect(try await bring(Self.resized)?.reason == "ResizeUnsupported")
        #expect(patched == ["pods"])
    }

    /// A delegate that changes at the same time, on the way or in between, and one that can't be seen for a moment.
    @Test(
        arguments: [
            (409, "Conflict", .patch), (404, "NotFound", .patch), (404, "NotFound", .get),
        ] as [(Int, String, ScriptedRequest.Verb)]
    )
    func `A change that met another one is brought again, and not taken for done`(
        status: Int,
        reason: String,
        verb: ScriptedRequest.Verb
    ) async throws {
        serve([("pods/resize", "Pod")], version: "v1.34.0")
        _ = try await fixture.provider.create(Pod(json: PodFixture.json()))
        let before = try #require(fixture.provider.instance(for: "uid-1")).fingerprint
        fixture.remote.fault(.refuse(status, reason: reason), times: 1) {
            $0.verb == verb && $0.resource.hasPrefix("pods")
        }
        let error = try await again(Self.resized)
        #expect(error?.code == .unavailable)
        #expect(fixture.provider.instance(for: "uid-1")?.fingerprint == before)
        #expect(try await again(Self.resized) == nil)
        #expect(patched.suffix(2) == ["pods/resize", "pods"])
        #expect(fixture.delegate?.at("spec", "containers")?[0]?.at("resources", "requests", "cpu") == "2")
        #expect(fixture.provider.instance(for: "uid-1")?.fingerprint == PodFingerprint(of: Self.resized))
    }

    @Test func `A delegate with a successor is left alone`() async throws {
        serve([("pods/resize", "Pod")], version: "v1.34.0")
        _ = try await fixture.provider.create(Pod(json: PodFixture.json()))
        let instance = try #require(fixture.provider.instance(for: "uid-1"))
        var successor = RemoteFixture.delegate(of: "uid-9")
        successor["spec"] = ["containers": [["name": "main"]]]
        fixture.remote.put(successor)
        try await fixture.provider.update(Pod(json: Self.resized), instance: instance)
        #expect(fixture.delegate?.at("spec", "containers")?[0]?["resources"] == nil)
    }
}
