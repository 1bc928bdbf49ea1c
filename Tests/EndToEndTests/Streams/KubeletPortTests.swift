import KubeClient
import KubeModel
import Testbed
import Testing
import Transport

extension RealContainers {
    /// The kubelet port of a virtual node, asked directly.
    @Suite struct KubeletPortTests {}
}

extension RealContainers.KubeletPortTests {
    /// The port of one node, as its status states it.
    private struct Port {
        let url: String
        let authority: ClusterAuthority
        let http = Result { try CurlHTTPClient.start() }

        init(_ fleet: Fleet, node name: String) async throws {
            let node = try await fleet.node(name)
            let port = try #require(node.at("status", "daemonEndpoints", "kubeletEndpoint", "Port")?.int)
            let address = try #require(node.at("status", "addresses")?.array?.first?["address"]?.string)
            url = "https://\(address):\(port)"
            authority = fleet.origin.control.authority
        }

        func ask(
            _ path: String,
            method: String = "GET",
            token: String? = nil,
            user: IssuedCertificate? = nil
        ) async throws -> (status: Int, text: String) {
            let headers = token.map { [(name: "Authorization", value: "Bearer \($0)")] } ?? []
            let request = HTTPRequest(method: method, url: url + path, headers: headers)
            let tls = TLSOptions(
                caPEM: authority.certificatePEM,
                certificatePEM: user?.certificatePEM,
                keyPEM: user?.keyPEM
            )
            let response = try await http.get().send(request, over: ConnectionOptions(tls: tls))
            return (response.status, String(decoding: response.body, as: UTF8.self))
        }
    }

    @Test("Nobody gets in without a name, and no name without the right", .rows(106))
    func doors() async throws {
        try await TestSpace.with("doors") { space in
            try await space.start("web", Manifest.idle)
            let node = try await space.cluster(of: "web").name
            let port = try await Port(space.fleet, node: node)
            let paths = ["/pods", "/exec/\(space.name)/web/main?command=id", "/nothing", "/metrics"]
            for path in paths {
                #expect(try await port.ask(path).status == 401)
                #expect(try await port.ask(path, token: "made-up").status == 401)
            }
            let stranger = try CertificateAuthority.create(commonName: "origin-ca")
            let forged = try stranger.issue(
                commonName: "admin",
                organizations: ["system:masters"],
                usages: .clientAuth
            )
            #expect(try await port.ask("/pods", user: forged).status == 401)
            let plain = try port.authority.issueClient(user: "jane")
            let refused = try await port.ask("/pods", user: plain)
            #expect(refused.status == 403)
            #expect(refused.text.hasPrefix("Forbidden (user=jane, verb=get, resource=nodes"))
            let master = try port.authority.issueClient(user: "root", groups: ["system:masters"])
            #expect(try await port.ask("/healthz", user: master).text == "ok")
            #expect(try await port.ask("/nothing", user: master).status == 404)
            #expect(try await port.ask("/pods", method: "POST", user: master).status == 405)
        }
    }

    @Test("Nothing older than TLS 1.2 is spoken", .rows(106))
    func versions() async throws {
        try await TestSpace.with("versions") { space in
            let url = try await Port(space.fleet, node: space.fleet.remotes[0].name).url
            func shakeHands(_ version: String) async throws -> CommandResult {
                // Else the client would not offer the old ones.
                let options = "-\(version) -cipher DEFAULT@SECLEVEL=0"
                let script = "openssl s_client -connect \(url.dropFirst(8)) \(options) </dev/null"
                return try await space.shell(.own, script)
            }
            for version in ["tls1_2", "tls1_3"] { try await shakeHands(version).checked() }
            for version in ["tls1", "tls1_1"] {
                let refused = try await shakeHands(version)
                #expect(refused.errorOutput.contains("alert protocol version"), "\(version): \(refused)")
            }
        }
    }

    @Test("A token opens what its account may, and nothing else", .rows(106))
    func tokens() async throws {
        try await TestSpace.with("tokens") { space in
            try await space.start("web", Manifest.idle)
            let port = try await Port(space.fleet, node: try await space.cluster(of: "web").name)
            try await space.kubectl("create", "serviceaccount", "scraper")
            let request: JSON = ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": [:]]
            let answer = try await space.origin.client.create(
                .serviceAccounts,
                namespace: space.name,
                object: request,
                subresource: "token",
                name: "scraper"
            )
            let token = try #require(answer.at("status", "token")?.string)
            #expect(try await port.ask("/metrics", token: token).status == 403)
            let role = "scraper-\(space.name)"
            try await space.kubectl("create", "clusterrole", role, "--verb=get", "--resource=nodes/metrics,nodes/proxy")
            let account = "--serviceaccount=\(space.name):scraper"
            try await space.kubectl("create", "clusterrolebinding", role, "--clusterrole=\(role)", account)
            // Another path is another question; but a no that came before the API server knew the role is kept for half a
            // minute.
            try await eventually("who has the right is let in", within: .seconds(20)) {
                try await port.ask("/pods", token: token).status == 200
            }
            #expect(try await port.ask("/exec/\(space.name)/web/main", method: "POST", token: token).status == 403)
        }
    }

    @Test("Only the node's own pods are found, and they have the origin's names", .rows(92, 106))
    func pods() async throws {
        try await TestSpace.with("pods") { space in
            try await space.start("web", Manifest.idle)
            let pod = try #require(await space.origin.pod("web", in: space.name))
            let node = try #require(pod.at("spec", "nodeName")?.string)
            let other = try #require(space.fleet.remotes.first { $0.name != node })
            let master = try space.origin.control.authority.issueClient(user: "root", groups: ["system:masters"])
            for path in ["/pods", "/runningpods/"] {
                let port = try await Port(space.fleet, node: node)
                let list = try JSON.parse(Array(try await port.ask(path, user: master).text.utf8))
                let found = list["items"]?.array?.first { $0.at("metadata", "namespace")?.string == space.name }
                #expect(found?.at("metadata", "name") == "web")
                #expect(found?.at("metadata", "uid") == pod.at("metadata", "uid"))
                #expect(found?.at("spec", "nodeName")?.string == node)
            }
            let (own, foreign) = (
                try await Port(space.fleet, node: node), try await Port(space.fleet, node: other.name)
            )
            #expect(try await own.ask("/containerLogs/\(space.name)/web/main", user: master).status == 200)
            #expect(try await foreign.ask("/containerLogs/\(space.name)/web/main", user: master).status == 404)
            let uid = pod.at("metadata", "uid")?.string ?? ""
            for path in [
                "/containerLogs/\(space.name)/web/other", "/containerLogs/kube-system/web/main",
                "/exec/\(space.name)/web/\(uid)x/main", "/containerLogs/\(space.name)/other/main",
            ] {
                #expect(try await own.ask(path, user: master).status == 404, "\(path)")
            }
            #expect(try await own.ask("/exec/\(space.name)/web/\(uid)/main", user: master).status == 400)
        }
    }

    @Test("No path leads into a pod of a cluster that is not one of the node's", .rows(92, 106))
    func strangers() async throws {
        try await TestSpace.with("strangers") { space in
            let containers = ["main", "side"].map { name in
                Manifest.shell("echo I am \(name); \(Manifest.idle)", name: name)
            }
            try await space.apply(Manifest.pod("web", Manifest.pod(of: containers)))
            try await space.pod("web", "runs", within: .seconds(40)) { $0.phase == "Running" }
            // Somebody's pods, which martlet itself could reach: beside the delegate, and of its name in the other cluster.
            let remote = try await space.cluster(of: "web")
            let other = try #require(space.fleet.remotes.first { $0.name != remote.name })
            try await space.meet("stranger", in: remote)
            try await space.meet("web", in: other)
            let (own, foreign) = (
                try await Port(space.fleet, node: remote.name), try await Port(space.fleet, node: other.name)
            )
            let master = try own.authority.issueClient(user: "root", groups: ["system:masters"])
            let logs = "/containerLogs/\(space.name)"
            for (path, said) in [("web/side", "side"), ("web/main", "main"), ("web/main?container=side", "main")] {
                try await eventually("\(path) is heard") {
                    try await own.ask("\(logs)/\(path)", user: master).text
                } until: {
                    $0 == "I am \(said)\n"
                }
            }
            let stranger = "\(space.name)/stranger"
            let tricks: [(port: Port, method: String, path: String, status: Int)] = [
                (foreign, "GET", "\(logs)/web/main", 404), (foreign, "POST", "/run/\(space.name)/web/main?cmd=id", 404),
                (own, "GET", "\(logs)/stranger/main", 404), (own, "POST", "/run/\(stranger)/main?cmd=id", 404),
                (own, "POST", "/exec/\(stranger)/main?command=id", 404), (own, "POST", "/attach/\(stranger)/main", 404),
                (own, "POST", "/portForward/\(stranger)", 404), (own, "GET", "\(logs)/stranger%3Fx/main", 404),
                (own, "GET", "\(logs)/web%2F..%2Fstranger/main", 400), (own, "GET", "\(logs)//stranger/main", 400),
                (own, "GET", "\(logs)/web%2F..%2Fstranger%2Flog%3F/main", 400),
                (own, "GET", "\(logs)/stranger%00/main", 400),
                (own, "POST", "/run/\(space.name)%2Fpods%2Fstranger/exec/main?cmd=id", 400),
            ]
            for trick in tricks {
                let answer = try await trick.port.ask(trick.path, method: trick.method, user: master)
                #expect(answer.status == trick.status, "\(trick.method) \(trick.path): \(answer.text)")
                #expect(!answer.text.contains("secret"), "\(trick.method) \(trick.path)")
            }
            try await remote.kubectl("-n", space.name, "delete", "pod/stranger", "--wait=false")
            try await other.kubectl("-n", space.name, "delete", "pod/web", "--wait=false")
        }
    }

    @Test("A command that is run answers with all that it said, for who may, in the node's own pods", .rows(92, 106))
    func run() async throws {
        try await TestSpace.with("run") { space in
            try await space.start("web", Manifest.idle)
            let node = try await space.cluster(of: "web").name
            let other = try #require(space.fleet.remotes.first { $0.name != node })
            let (own, foreign) = (
                try await Port(space.fleet, node: node), try await Port(space.fleet, node: other.name)
            )
            let master = try own.authority.issueClient(user: "root", groups: ["system:masters"])
            let path = "/run/\(space.name)/web/main?cmd="
            let said = try await own.ask(path + "echo%20hello", method: "POST", user: master)
            #expect(said.status == 200)
            #expect(said.text == "hello\n")
            let failed = try await own.ask(path + "ls%20/nowhere", method: "POST", user: master)
            #expect(failed.status == 500)
            #expect(failed.text.contains("/nowhere: No such file"))
            #expect(try await own.ask(path + "id", user: master).status == 405)
            #expect(try await foreign.ask(path + "id", method: "POST", user: master).status == 404)
            #expect(try await own.ask(path + "id", method: "POST").status == 401)
            let jane = try own.authority.issueClient(user: "jane")
            #expect(try await own.ask(path + "id", method: "POST", user: jane).status == 403)
        }
    }

    @Test("Who opens a stream, and with which command, is in the log", .rows(106))
    func audit() async throws {
        try await TestSpace.with("audit") { space in
            let container: JSON = ["stdin": true, "stdinOnce": true]
            try await space.start("web", "cat", container: container, ["restartPolicy": "Never"])
            let script = """
                k exec web -- echo audited
                b port-forward web :8080 >said & forward=$!
                until grep -q Forwarding said; do sleep 0.1; kill -0 $forward || exit 1; done; kill $forward
                echo word | k attach -i web
                """
            _ = try await space.shell(.own, script).checked()
            let pod = "pod=\"\(space.name)/web\""
            let lines = try await eventually("the log tells of three streams and their ends") {
                space.fleet.martlet.logText().split(separator: "\n").filter {
                    $0.contains(pod) && ($0.contains("Stream opened") || $0.contains("Stream closed"))
                }
            } until: {
                $0.count == 6
            }
            for (kind, commands) in [("exec", 2), ("portForward", 0), ("attach", 0)] {
                let told = lines.filter { $0.contains("stream=\"\(kind)\"") }
                #expect(told.count == 2, "\(lines)")
                #expect(told.allSatisfy { $0.contains("user=\"kube-apiserver-kubelet-client\"") }, "\(told)")
                #expect(told.first?.contains("Stream opened") == true)
                #expect(told.last?.contains("Stream closed") == true)
                #expect(told.last?.contains("ending=\"refused\"") == false)
                #expect(told.count { $0.contains("command=\"echo audited\"") } == commands, "\(told)")
            }
        }
    }
}

extension TestSpace {
    /// Has somebody's pod run in a remote, in the namespace of this name, and say something.
    fileprivate func meet(_ stranger: String, in remote: FleetCluster) async throws {
        try await remote.makeNamespace(name)
        let pod = Manifest.pod(stranger, Manifest.shellPod("echo secret; \(Manifest.idle)"))
        try await remote.apply(pod, namespace: name)
        try await eventually("the stranger has spoken", within: .seconds(40)) {
            try await shell(at: remote, "k logs \(stranger)").output == "secret\n"
        }
    }
}
