import KubeModel
import Synchronization
import Testing

@testable import Transport
@testable import VirtualNode

@Suite struct KubeletAccessTests {
    /// An origin in which this user may this.
    private func origin(allowing allowed: String) -> ScriptedOrigin {
        ScriptedOrigin { call in
            let attributes = call.body.at("spec", "resourceAttributes")
            let isAllowed =
                attributes?["subresource"]?.string == allowed && attributes?["name"]?.string == "us-east"
                && attributes?["resource"]?.string == "nodes"
            return (201, ["status": ["allowed": .bool(isAllowed)]])
        }
    }

    private func access(_ path: String) throws -> KubeletAccess {
        KubeletAccess(method: "GET", target: try RequestTarget(path[...]))
    }

    @Test func `The finer right is enough, and so is the wider`() async throws {
        let user = KubeletUser(PeerCertificate(commonName: "jane", organizations: ["devs"]))
        for right in ["pods", "proxy"] {
            let authorizer = KubeletAuthorizer(origin: origin(allowing: right).client())
            #expect(try await authorizer.allows(user, access("/pods"), node: "us-east"))
            #expect(try await !authorizer.allows(user, access("/pods"), node: "us-west"))
            #expect(try await !authorizer.allows(user, access("/metrics"), node: "us-east"))
        }
    }

    @Test func `Who is meant is told in full, and asked once`() async throws {
        let origin = origin(allowing: "proxy")
        let authorizer = KubeletAuthorizer(origin: origin.client())
        var user = KubeletUser(PeerCertificate(commonName: "jane", organizations: ["devs"]))
        user.uid = "7"
        user.extra = ["scopes": ["a", "b"]]
        for _ in 0..<3 { #expect(try await authorizer.allows(user, access("/exec/n/p/c"), node: "us-east")) }
        #expect(origin.asked.count == 1)
        #expect(origin.asked.first?.line == "POST /apis/authorization.k8s.io/v1/subjectaccessreviews")
        #expect(
            origin.asked.first?.body["spec"] == [
                "user": "jane", "groups": ["devs", "system:authenticated"],
                "resourceAttributes": [
                    "verb": "get", "version": "v1", "resource": "nodes", "subresource": "proxy", "name": "us-east",
                ],
                "uid": "7", "extra": ["scopes": ["a", "b"]],
            ]
        )
        user.groups = []
        _ = try await authorizer.allows(user, access("/exec/n/p/c"), node: "us-east")
        #expect(origin.asked.count == 2)
    }

    @Test func `An explicit no outweighs a yes`() async throws {
        let origin = ScriptedOrigin { _ in (201, ["status": ["allowed": true, "denied": true]]) }
        let user = KubeletUser(PeerCertificate(commonName: "jane", organizations: []))
        #expect(try await !KubeletAuthorizer(origin: origin.client()).allows(user, access("/pods"), node: "n"))
    }

    @Test(arguments: [
        ("Bearer abc", "abc"), ("bearer  abc", "abc"), ("Bearer", nil), ("Basic abc", nil), ("Bearer a b", nil),
        (nil, nil),
    ])
    func `A token stands in its header`(header: String?, token: String?) {
        #expect(KubeletAuthenticator.token(in: header) == token)
    }

    @Test func `A review names a user, or nobody`() {
        let review: JSON = [
            "authenticated": true,
            "user": ["username": "jane", "uid": "7", "groups": ["devs"], "extra": ["k": ["v"]]],
        ]
        #expect(KubeletUser(review: review)?.name == "jane")
        #expect(KubeletUser(review: review)?.extra == ["k": ["v"]])
        #expect(KubeletUser(review: ["authenticated": false, "user": ["username": "jane"]]) == nil)
        #expect(KubeletUser(review: ["authenticated": true]) == nil)
        #expect(KubeletUser(review: nil) == nil)
    }

    @Test func `An answer holds for its time, and an error is no answer`() async throws {
        let clock = Mutex(ContinuousClock.now)
        let cache = ExpiringCache<String, Int>(now: { clock.withLock { $0 } })
        var count = 0
        func ask() async throws -> Int {
            try await cache.value(for: "key", lifetime: { _ in .seconds(30) }) {
                count += 1
                if count == 1 { throw KubeletFailure(500, "") }
                return count
            }
        }
        await #expect(throws: KubeletFailure.self) { try await ask() }
        #expect(try await ask() == 2)
        clock.withLock { $0 += .seconds(29) }
        #expect(try await ask() == 2)
        clock.withLock { $0 += .seconds(2) }
        #expect(try await ask() == 3)
    }
}
