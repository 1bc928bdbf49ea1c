import KubeModel
import TestSupport
import Testing

@testable import Transport
@testable import VirtualNode

@Suite struct KubeletAccessTests {
    private static let jane = PeerCertificate(commonName: "jane", organizations: ["devs"], notAfter: .max)

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
        let user = KubeletUser(Self.jane)
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
        var user = KubeletUser(Self.jane)
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
        let user = KubeletUser(Self.jane)
        #expect(try await !KubeletAuthorizer(origin: origin.client()).allows(user, access("/pods"), node: "n"))
    }

    /// The time that a clock shows which the test moves.
    private static func time(_ clock: ManualClock) -> @Sendable () -> ContinuousClock.Instant {
        let start = ContinuousClock.now
        return { start + clock.now.offset }
    }

    /// The least time on either side of an answer's end.
    private static let moment = Duration.nanoseconds(1)

    @Test(arguments: [(true, Duration.seconds(300)), (false, .seconds(30))])
    func `A yes holds for five minutes and a no for half a minute`(isAllowed: Bool, lifetime: Duration) async throws {
        let origin = ScriptedOrigin { _ in (201, ["status": ["allowed": .bool(isAllowed)]]) }
        let clock = ManualClock()
        let authorizer = KubeletAuthorizer(origin: origin.client(), now: Self.time(clock))
        let access = try access("/metrics")
        for (wait, asked) in [(Duration.zero, 1), (lifetime - Self.moment, 1), (Self.moment, 2)] {
            clock.advance(by: wait)
            #expect(try await authorizer.allows(KubeletUser(Self.jane), access, node: "us-east") == isAllowed)
            #expect(origin.asked.count == asked)
        }
    }

    @Test(arguments: ["jane", "nobody"])
    func `What a token is worth holds for two minutes`(token: String) async throws {
        let origin = Self.reviewer()
        let clock = ManualClock()
        let authenticator = KubeletAuthenticator(origin: origin.client(), now: Self.time(clock))
        for (wait, asked) in [(Duration.zero, 1), (Duration.seconds(120) - Self.moment, 1), (Self.moment, 2)] {
            clock.advance(by: wait)
            let user = try await authenticator.user(showing: "Bearer \(token)", peer: "10.0.0.1")
            #expect(user?.name == (token == "jane" ? "jane" : nil))
            #expect(origin.asked.count == asked)
        }
    }

    @Test(arguments: [
        ("Bearer abc", "abc"), ("bearer  abc", "abc"), ("Bearer", nil), ("Basic abc", nil), ("Bearer a b", nil),
        (nil, nil),
    ])
    func `A token stands in its header`(header: String?, token: String?) {
        #expect(KubeletAuthenticator.token(in: header) == token)
    }

    /// An origin that knows the tokens of jane and joe.
    private static func reviewer() -> ScriptedOrigin {
        ScriptedOrigin { call in
            let token = call.body.at("spec", "token")?.string ?? ""
            guard ["jane", "joe"].contains(token) else { return (201, ["status": ["authenticated": false]]) }
            return (201, ["status": ["authenticated": true, "user": ["username": .string(token)]]])
        }
    }

    @Test func `Who makes up tokens is turned away, and nobody else`() async throws {
        let origin = Self.reviewer()
        // A second would let one more through.
        let authenticator = KubeletAuthenticator(origin: origin.client(), now: Self.time(ManualClock()))
        #expect(try await authenticator.user(showing: "Bearer jane", peer: "10.0.0.1")?.name == "jane")
        var refusals = 0
        for number in 0..<200 {
            do {
                #expect(try await authenticator.user(showing: "Bearer made-up-\(number)", peer: "10.0.0.1") == nil)
            } catch let failure as KubeletFailure {
                #expect(failure.status == 429)
                refusals += 1
            }
        }
        #expect(refusals == 200 - KubeletAuthenticator.failureBurst)
        #expect(origin.asked.count == 1 + 200 - refusals)
        // Whom it is known, he is known still; and others have an allowance of their own.
        #expect(try await authenticator.user(showing: "Bearer jane", peer: "10.0.0.1")?.name == "jane")
        #expect(try await authenticator.user(showing: "Bearer joe", peer: "10.0.0.2")?.name == "joe")
    }

    @Test func `Tokens that are believed use nothing up`() async throws {
        let origin = ScriptedOrigin { call in
            (201, ["status": ["authenticated": true, "user": ["username": call.body.at("spec", "token") ?? ""]]])
        }
        let authenticator = KubeletAuthenticator(origin: origin.client())
        for number in 0..<(2 * KubeletAuthenticator.failureBurst) {
            #expect(try await authenticator.user(showing: "Bearer t\(number)", peer: "p")?.name == "t\(number)")
        }
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

}
