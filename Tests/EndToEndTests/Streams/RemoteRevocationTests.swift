import KubeClient
import KubeModel
import Testbed
import Testing

extension StreamEndTests {
    @Test(
        "A node says that its cluster refuses martlet's credentials; others take over, and no open stream ends",
        .rows(21, 105)
    )
    func remoteRevocation() async throws {
        try await TestSpace.with("revoked") { space in
            try await space.start("web", Self.untilTold)
            let (fleet, remote) = (space.fleet, try await space.cluster(of: "web"))
            let (before, process) = (try await space.running(1), await fleet.martlet.processID)
            let bystanders = try await Bystanders.look(in: space, without: remote.name)
            try await space.withProxy { proxy in
                var stream = try await WebSocketClient(port: proxy, path: space.catPath("web"))
                #expect(try await stream.echoes("before"))
                try await space.following("web") {
                    let told = fleet.martlet.logText().count
                    try await remote.withoutAccount {
                        try await fleet.saysRefused(remote.name)
                        #expect(try await stream.echoes("revoked"))
                        let refused = try await space.shell(.own, "k exec web -- true")
                        #expect(!refused.status.isSuccess)
                        #expect(try await Bystanders.look(in: space, without: remote.name) == bystanders)
                    }
                    try await fleet.log(after: told, contains: "The kubeconfig has changed")
                    try await fleet.nodesReady([remote.name])
                    #expect(try await stream.echoes("rotated"))
                    try await space.shell(.own, "k exec web -- touch /tmp/go").checked()
                }
                #expect(try await stream.echoes("after"))
            }
            let after = try await space.onlyRunning(["web"])
            #expect(after.podUIDs == before.podUIDs)
            #expect(after.delegateUIDs == before.delegateUIDs)
            #expect(try after.pair("web").delegate.restarts == 0)
            #expect(try await Bystanders.look(in: space, without: remote.name) == bystanders)
            #expect(await fleet.martlet.processID == process)
        }
    }
}

extension Fleet {
    /// Waits until a virtual node says that its cluster takes our credentials no longer. API servers believe a token that
    /// they have seen for another ten seconds.
    fileprivate func saysRefused(_ cluster: String) async throws {
        let ready = try await eventually("the node \(cluster) says that we are refused", within: .seconds(35)) {
            try await node(cluster).condition("Ready")
        } until: {
            $0?["reason"]?.string == "RemoteUnauthorized"
        }
        #expect(ready?["status"]?.string == "False")
        let message = ready?["message"]?.string ?? ""
        #expect(message.hasPrefix("Cluster \(cluster) does not serve us: "), "\(message)")
    }
}

extension FleetCluster {
    /// Has the cluster know martlet's account no longer for the time of some work. Then the account is made anew, and
    /// martlet's kubeconfig has its token.
    fileprivate func withoutAccount(_ body: () async throws -> Void) async throws {
        try await kubectl("-n", "martlet", "delete", "serviceaccount", "martlet")
        try await withCleanUp(rotate, body)
    }

    private func rotate() async throws {
        _ = try await control.writeKubeconfig(serviceAccount: "martlet", namespace: "martlet", via: relay.endpoint)
    }
}
