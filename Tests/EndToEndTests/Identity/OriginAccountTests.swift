import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing

extension AccountTests {
    /// Pods with the identity that they have in the origin.
    @Suite struct OriginAccountTests {}
}

extension AccountTests.OriginAccountTests {
    @Test(
        "An in-cluster client in a delegate lists pods of the origin with its own ServiceAccount",
        .rows(112),
        arguments: [TokenVolumeForm.secret, .projected]
    )
    func client(_ form: TokenVolumeForm) async throws {
        try await TestSpace.with("client") { space in
            try await space.makeReader()
            // A kubelet sets the variables of its own cluster; the pod's are those of the origin.
            let script = """
                {
                    kubectl get pods --output=name 2>&1
                    kubectl get secrets 2>&1
                    cat \(TokenVolumeForm.path)/namespace
                } >/dev/termination-log
                """
            let container = Manifest.shell(script, ["image": "localhost/kubectl:1"])
            try await space.apply(Manifest.pod("client", form.spec(container, ["restartPolicy": "Never"])))
            let pod = try await space.pod("client", "has ended", within: .seconds(40)) { $0.phase == "Succeeded" }
            let lines = pod.lastWords.split(separator: "\n").map(String.init)
            #expect(lines.first == "pod/client", "\(pod.lastWords)")
            #expect(lines.contains { $0.contains("User \"system:serviceaccount:\(space.name):reader\" cannot list") })
            #expect(lines.last == space.name)
        }
    }

    @Test("A container reads the token that its author projects, with its audience and its expiry", .rows(112))
    func projection() async throws {
        try await TestSpace.with("projection") { space in
            try await space.makeReader()
            let container = Manifest.shell(
                "cut -d. -f2 /vault/token >/dev/termination-log",
                ["volumeMounts": [["name": "vault", "mountPath": "/vault"]]]
            )
            let spec = Manifest.pod(
                of: [container],
                Manifest.overlay(
                    ["serviceAccountName": "reader", "restartPolicy": "Never", "volumes": [Self.vault]],
                    on: Manifest.cluster("us-east")
                )
            )
            try await space.apply(Manifest.pod("web", spec))
            let pod = try await space.pod("web", "has ended", within: .seconds(40)) { $0.phase == "Succeeded" }
            let claims = try JSON.claims(ofTokenPart: pod.lastWords)
            #expect(claims["aud"] == ["vault"])
            #expect(claims["sub"]?.string == "system:serviceaccount:\(space.name):reader")
            #expect(claims.at("kubernetes.io", "pod", "uid")?.string == pod.uid)
            let (issued, expires) = (claims["iat"]?.int ?? 0, claims["exp"]?.int ?? 0)
            #expect(expires - issued == 600)
            // Renewed when four fifths of its life are over, or up to a tenth of that earlier.
            let secret = try await space.tokenSecrets(of: space.fleet.remote("us-east")).first
            let due = secret?.annotation("martlet.dev/refresh-at").flatMap { Timestamp.parse($0) } ?? 0
            #expect((430...482).contains(due - Double(issued)), "after \(due - Double(issued)) s")
        }
    }

    /// A token for somebody else than the API server.
    private static let vault: JSON = [
        "name": "vault",
        "projected": [
            "sources": [["serviceAccountToken": ["path": "token", "audience": "vault", "expirationSeconds": 600]]]
        ],
    ]

    @Test("A delegate's token is that of its pod, and ends with it; its Secret goes with the delegate", .rows(112))
    func secret() async throws {
        try await TestSpace.with("secret") { space in
            try await space.makeReader()
            let container = Manifest.shell(
                Manifest.idle,
                ["volumeMounts": [["name": "vault", "mountPath": "/vault"]]]
            )
            try await space.apply(
                Manifest.pod("web", TokenVolumeForm.secret.spec(container, ["volumes": [Self.vault]]))
            )
            let snapshot = try await space.running(1, within: .seconds(40))
            let remote = space.fleet.remote("us-east")
            let secret = try #require(try await space.tokenSecrets(of: remote).first)
            #expect(secret.at("metadata", "ownerReferences")?[0]?["uid"]?.string == snapshot.delegates[0].object.uid)

            let own = try secret.decoded("token-1")
            let status = try await space.review(own)
            #expect(status["authenticated"]?.bool == true)
            #expect(status.at("user", "username")?.string == "system:serviceaccount:\(space.name):reader")
            #expect(status.at("user", "extra", "authentication.kubernetes.io/pod-name")?[0]?.string == "web")
            let other = try secret.decoded("token")
            #expect(try await space.review(other)["authenticated"]?.bool != true)
            #expect(try await space.review(other, audience: "vault")["authenticated"]?.bool == true)

            try await space.kubectl("delete", "pod", "web", "--wait=false")
            try await space.empty()
            try await eventually("the Secret has gone with the delegate", within: .seconds(20)) {
                try await space.tokenSecrets(of: remote).isEmpty
            }
            // API servers believe a token that they have seen for another ten seconds.
            try await eventually("the pod's token has ended with it", within: .seconds(20)) {
                try await space.review(own)["authenticated"]?.bool != true
            }
            let log = space.fleet.martlet.logText()
            #expect(!log.contains(own) && !log.contains(other))
        }
    }

    @Test("A token that is due is renewed, and the container's file follows; a Secret that is taken away is made again")
    func renewal() async throws {
        try await TestSpace.with("renewal") { space in
            try await space.makeReader()
            let script = """
                file=\(TokenVolumeForm.path)/token
                before=$(cat $file)
                until [ "$(cat $file)" != "$before" ]; do sleep 0.5; done
                """
            let spec = TokenVolumeForm.projected.spec(Manifest.shell(script), ["restartPolicy": "Never"])
            try await space.apply(Manifest.pod("web", spec))
            try await space.running(1, within: .seconds(40))
            let remote = space.fleet.remote("us-east")
            let first = try #require(try await space.tokenSecrets(of: remote).first)
            try await remote.kubectl(
                "-n",
                space.name,
                "annotate",
                "secret",
                first.name,
                "--overwrite",
                "martlet.dev/refresh-at=2020-01-01T00:00:00Z"
            )
            let second = try await eventually("the token is renewed") {
                try await space.tokenSecrets(of: remote).first
            } until: {
                (try? $0?.decoded("token")) != (try? first.decoded("token"))
            }
            #expect(second?.uid == first.uid)
            try await space.pod("web", "has seen another token", within: .seconds(100)) { $0.phase == "Succeeded" }

            try await space.apply(Manifest.pod("other", TokenVolumeForm.secret.spec(Manifest.shell(Manifest.idle))))
            try await space.pod("other", "is ready", within: .seconds(30), until: \.isReady)
            let taken = try await space.secret(of: "other", in: remote)
            try await remote.kubectl("-n", space.name, "delete", "secret", try #require(taken).name)
            let again = try await eventually("the Secret is there again") {
                try await space.secret(of: "other", in: remote)
            } until: {
                $0 != nil
            }
            #expect(again?.uid != taken?.uid)
        }
    }

    @Test("A pod that mounts no token has no Secret and no foreign address")
    func noToken() async throws {
        try await TestSpace.with("notoken") { space in
            let spec = Manifest.shellPod(
                Manifest.idle,
                Manifest.overlay(Manifest.cluster("us-east"), on: ["automountServiceAccountToken": false])
            )
            try await space.apply(Manifest.pod("web", spec))
            let snapshot = try await space.running(1, within: .seconds(40))
            let delegate = snapshot.delegates[0].object
            #expect(delegate.at("spec", "volumes") == nil)
            #expect(delegate.at("metadata", "annotations", "martlet.dev/tokens") == nil)
            #expect(!(delegate["spec"] ?? [:]).text.contains("KUBERNETES_SERVICE_HOST"))
            #expect(try await space.tokenSecrets(of: space.fleet.remote("us-east")).isEmpty)
        }
    }
}

extension TestSpace {
    /// The Secret with the tokens of a pod's delegate.
    fileprivate func secret(of pod: String, in remote: FleetCluster) async throws -> JSON? {
        try await tokenSecrets(of: remote).first {
            $0.at("metadata", "annotations", "martlet.dev/pod")?.string == "\(name)/\(pod)"
        }
    }
}

extension JSON {
    /// What a token claims (RFC 7519), from its second part as it stands there.
    fileprivate static func claims(ofTokenPart text: String) throws -> JSON {
        let standard = text.map { character -> Character in
            switch character {
            case "-": "+"
            case "_": "/"
            default: character
            }
        }
        let padding = String(repeating: "=", count: (4 - standard.count % 4) % 4)
        return try JSON.parse(Array(try #require(Data(base64Encoded: String(standard) + padding))))
    }

    /// A value of a Secret.
    fileprivate func decoded(_ key: String) throws -> String {
        let text = try #require(at("data", key)?.string)
        return String(decoding: try #require(Data(base64Encoded: text)), as: UTF8.self)
    }
}
