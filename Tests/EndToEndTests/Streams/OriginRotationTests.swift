import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing
import Transport

extension StreamEndTests {
    @Test(
        "martlet changes its credentials for the origin three times, the old ones refused: streams, watches and leases go on",
        .rows(21, 105)
    )
    func originCredentials() async throws {
        try await TestSpace.with("credentials") { space in
            let (door, process) = (try await OriginDoor(of: space.fleet), await space.fleet.martlet.processID)
            try await space.start("web", Self.untilTold)
            let (before, told) = (try await Bystanders.look(in: space), space.fleet.martlet.logText().count)
            try await space.withProxy { proxy in
                var stream = try await WebSocketClient(port: proxy, path: space.catPath("web"))
                #expect(try await stream.echoes("before"))
                try await space.following("web") {
                    var old = MartletIdentity.account("martlet")
                    for next in [MartletIdentity.certificate, .account("second"), .accountInFile("third")] {
                        try await door.change(from: old, to: next, seenBy: space)
                        try await space.fleet.leasesRenewed()
                        #expect(try await stream.echoes("\(next)"))
                        old = next
                    }
                    try await space.shell(.own, "k exec web -- touch /tmp/go").checked()
                }
                #expect(try await stream.echoes("after"))
            }
            #expect(try await Bystanders.look(in: space) == before)
            let log = space.fleet.martlet.logText().dropFirst(told).split(separator: "\n")
            #expect(log.filter { $0.contains("Watch or list failed") && $0.contains(#"cluster="origin""#) } == [])
            try await space.start("late", Manifest.idle)
            #expect(await space.fleet.martlet.processID == process)
        }
    }

    @Test("The origin's API server comes back as one of another authority, and nothing moves", .rows(21, 90))
    func originAuthority() async throws {
        try await TestSpace.with("authority") { space in
            let (door, control) = (try await OriginDoor(of: space.fleet), space.origin.control)
            try await space.start("web", "echo here; \(Manifest.idle)")
            let (before, process) = (try await Bystanders.look(in: space), await space.fleet.martlet.processID)
            let (old, new) = (control.authority.certificatePEM, control.successor.certificatePEM)
            let oldFile = try door.copy()
            try await door.believe(old + new)
            try await control.changeAuthority()
            let refused = try await space.shell(.own, "k --kubeconfig '\(oldFile)' get nodes")
            #expect(!refused.status.isSuccess && refused.errorOutput.contains("x509"), "\(refused)")
            try await space.fleet.leasesRenewed()
            // It shows itself to kubelets as one of that authority too, which it announces at the same time.
            try await eventually("the kubelet endpoint lets the API server in", within: .seconds(25)) {
                try await space.shell(.own, "k logs web").output == "here\n"
            }
            try await door.believe(new)
            try await space.fleet.leasesRenewed()
            #expect(try await Bystanders.look(in: space) == before)
            try await space.start("late", Manifest.idle)
            #expect(await space.fleet.martlet.processID == process)
        }
    }

    /// Says something at once, and something else when it is told to.
    static let untilTold =
        "echo begun; until [ -e /tmp/go ]; do sleep 0.2; done; echo the end; \(Manifest.idle)"
}

/// Somebody whom martlet can be in the origin.
private enum MartletIdentity: CustomStringConvertible {
    case account(String)
    case accountInFile(String)
    case certificate

    var description: String { subject["name"]?.string ?? "" }

    /// As RBAC names it.
    var subject: JSON {
        switch self {
        case .account(let name), .accountInFile(let name):
            ["kind": "ServiceAccount", "namespace": "martlet", "name": .string(name)]
        case .certificate:
            ["kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "martlet-by-certificate"]
        }
    }
}

/// martlet's kubeconfig for the origin, which is rewritten while it runs, and who has its rights.
private struct OriginDoor {
    private let origin: FleetCluster
    private let martlet: MartletProcess
    private let path: String
    /// What gives martlet its rights: the arguments that name each binding for kubectl.
    private let bindings: [[String]]

    init(of fleet: Fleet) async throws {
        (origin, martlet) = (fleet.origin, fleet.martlet)
        let configuration = try JSON.parse(Array(Data(contentsOf: URL(fileURLWithPath: fleet.configuration))))
        path = try #require(configuration.at("origin", "kubeconfig")?.string)
        let list = try await fleet.origin.kubectl("get", "clusterrolebindings,rolebindings", "-A", "-o", "json")
        bindings = (try JSON.parse(Array(list.utf8))["items"]?.array ?? [])
            .filter { $0["subjects"]?[0]?["namespace"]?.string == "martlet" }
            .map { binding in
                let place = binding.at("metadata", "namespace")?.string.map { ["-n", $0] } ?? []
                return place + [binding["kind"]?.string ?? "", binding.name]
            }
        try #require(bindings.count > 1)
    }

    /// Has martlet be somebody else, and takes the rights from whom it was before.
    func change(from old: MartletIdentity, to new: MartletIdentity, seenBy space: TestSpace) async throws {
        let oldFile = try copy()
        try await admit([old.subject, new.subject])
        let user = try await user(of: new)
        try await write { $0["users"] = [["name": $0["users"]?[0]?["name"] ?? "", "user": user]] }
        try await admit([new.subject])
        if case .account(let name) = old { try await origin.kubectl("-n", "martlet", "delete", "serviceaccount", name) }
        try await eventually("\(old) is refused") {
            try await !space.shell(.own, "k --kubeconfig '\(oldFile)' get nodes").status.isSuccess
        }
    }

    /// Has martlet know the API server by these authorities alone.
    func believe(_ authoritiesPEM: [UInt8]) async throws {
        try await write { $0 = $0.believing(authoritiesPEM) }
    }

    /// The file as it is now, under another name.
    func copy() throws -> String {
        let copy = "\(path)-\(UUID())"
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        return copy
    }

    /// Rewrites the file, and returns when martlet has seen it.
    private func write(_ change: (inout JSON) -> Void) async throws {
        var config = try JSON.parse(Array(Data(contentsOf: URL(fileURLWithPath: path))))
        change(&config)
        let told = martlet.logText().count
        try config.text.write(toFile: path, atomically: true, encoding: .utf8)
        try await eventually("martlet has seen its other kubeconfig") {
            martlet.logText().dropFirst(told).contains("The origin's kubeconfig has changed")
        }
    }

    /// Gives these martlet's rights, and nobody else.
    private func admit(_ subjects: [JSON]) async throws {
        let patch: JSON = ["subjects": .array(subjects)]
        for binding in bindings { try await origin.kubectl(["patch", "--type=merge", "-p", patch.text] + binding) }
    }

    /// The user of a kubeconfig.
    private func user(of identity: MartletIdentity) async throws -> JSON {
        switch identity {
        case .account(let name): return ["token": .string(try await token(of: name))]
        case .accountInFile(let name):
            let file = "\(path)-token"
            try await token(of: name).write(toFile: file, atomically: true, encoding: .utf8)
            return ["tokenFile": .string(file)]
        case .certificate:
            let issued = try origin.control.authority.issueClient(user: identity.description)
            return [
                "client-certificate-data": .string(Data(issued.certificatePEM).base64EncodedString()),
                "client-key-data": .string(Data(issued.keyPEM).base64EncodedString()),
            ]
        }
    }

    /// A token of an account, which is made for it.
    private func token(of account: String) async throws -> String {
        try await origin.kubectl("-n", "martlet", "create", "serviceaccount", account)
        let request: JSON = ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": [:]]
        let answer = try await origin.client.create(
            .serviceAccounts,
            namespace: "martlet",
            object: request,
            subresource: "token",
            name: account
        )
        return try #require(answer.at("status", "token")?.string)
    }
}

extension Fleet {
    /// Waits until the lease of each virtual node has been renewed once more.
    fileprivate func leasesRenewed() async throws {
        let before = try await renewals()
        try await eventually("all leases are renewed once more", within: .seconds(15)) {
            try await renewals()
        } until: { now in
            remotes.allSatisfy { now[$0.name] != nil && now[$0.name] != before[$0.name] }
        }
    }

    private func renewals() async throws -> [String: String] {
        var renewals: [String: String] = [:]
        for remote in remotes {
            let lease = try await origin.find(.leases, remote.name, in: "kube-node-lease")
            renewals[remote.name] = lease?.at("spec", "renewTime")?.string
        }
        return renewals
    }
}

extension TestSpace {
    /// Follows a pod's log from its beginning, "begun", to its end, "the end", while a body runs that brings it about.
    func following(_ pod: String, _ body: () async throws -> Void) async throws {
        let heard = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-heard-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: heard) }  // Only a scratch file is lost track of.
        let follow = """
            b logs -f \(pod) >'\(heard)' & until grep -q 'the end' '\(heard)'; do sleep 0.2; kill -0 $! || break; done
            kill $!; cat '\(heard)'
            """
        async let followed = shell(.own, follow)
        try await eventually("the log is followed") {
            FileManager.default.contents(atPath: heard) == Data("begun\n".utf8)
        }
        try await body()
        #expect(try await followed.output == "begun\nthe end\n")
    }
}
