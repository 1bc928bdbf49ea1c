import Testing
import VirtualNode

@testable import martlet

@Suite struct ClusterRosterTests {
    private func cluster(_ name: String, zone: String = "a", port: Int = 0) -> ClusterConfiguration {
        ClusterConfiguration(kubeconfig: name, node: NodeSettings(name: name, zone: zone, kubeletPort: port))
    }

    @Test func `All start at first, with ports in their order`() {
        var roster = ClusterRoster(firstPort: 10250)
        let actions = roster.want([cluster("west"), cluster("east")])
        #expect(actions == [.start(cluster("west", port: 10250)), .start(cluster("east", port: 10251))])
    }

    @Test func `One that comes starts, and those that run are left alone with their ports`() {
        var roster = ClusterRoster(firstPort: 10250)
        _ = roster.want([cluster("west")])
        #expect(roster.want([cluster("new"), cluster("west")]) == [.start(cluster("new", port: 10251))])
    }

    @Test func `Each virtual node of a cluster has a port`() {
        var roster = ClusterRoster(firstPort: 10250)
        var pools = cluster("pools")
        pools.nodes = ["a", "b", "c"].map { VirtualNodeConfiguration(node: NodeSettings(name: $0)) }
        _ = roster.want([cluster("west"), cluster("east")])
        _ = roster.want([cluster("east")])
        _ = roster.stopped("west")
        let started = roster.want([cluster("east"), pools])
        #expect(started == [.start(pools.with(ports: [10250, 10252, 10253]))])
        #expect(roster.want([cluster("east"), pools]) == [])
        pools.nodes[1].node.zone = "z"
        #expect(roster.want([cluster("east"), pools]) == [.stop("pools")])
    }

    @Test func `One that goes stops, and its port is free when it has stopped and not before`() {
        var roster = ClusterRoster(firstPort: 10250)
        _ = roster.want([cluster("west"), cluster("east")])
        let actions = roster.want([cluster("east"), cluster("new")])
        #expect(actions == [.stop("west"), .start(cluster("new", port: 10252))])
        #expect(roster.isStopping("west"))
        #expect(roster.stopped("west") == [])
        #expect(roster.names == ["east", "new"])
        let all = [cluster("east"), cluster("new"), cluster("later")]
        #expect(roster.want(all) == [.start(cluster("later", port: 10250))])
    }

    @Test func `One that changes stops first and starts as it is wanted by then`() {
        var roster = ClusterRoster(firstPort: 10250)
        _ = roster.want([cluster("west")])
        #expect(roster.want([cluster("west", zone: "b")]) == [.stop("west")])
        #expect(roster.want([cluster("west", zone: "c")]) == [])
        #expect(roster.stopped("west") == [.start(cluster("west", zone: "c", port: 10250))])
    }

    @Test func `One that is to have the nodes of others waits until they have stopped`() {
        var roster = ClusterRoster(firstPort: 10250)
        var pools = cluster("pools")
        pools.nodes = ["west", "east"].map { VirtualNodeConfiguration(node: NodeSettings(name: $0)) }
        _ = roster.want([cluster("west"), cluster("east")])
        #expect(roster.want([pools]) == [.stop("east"), .stop("west")])
        #expect(roster.isWanted(node: "west") && !roster.isWanted(node: "pools"))
        #expect(roster.stopped("west") == [])
        #expect(roster.stopped("east") == [.start(pools.with(ports: [10250, 10251]))])
    }

    @Test func `One with a node of the name of another cluster waits until that one has stopped`() {
        func pool(_ name: String, _ node: String) -> ClusterConfiguration {
            var cluster = cluster(name)
            cluster.nodes = [VirtualNodeConfiguration(node: NodeSettings(name: node))]
            return cluster
        }
        var roster = ClusterRoster(firstPort: 10250)
        _ = roster.want([pool("west", "west-a")])
        let next = pool("us", "west")
        #expect(roster.want([next]) == [.stop("west")])
        #expect(roster.stopped("west") == [.start(next.with(ports: [10250]))])
    }

    @Test func `One that goes and comes back before it has stopped starts again`() {
        var roster = ClusterRoster(firstPort: 10250)
        _ = roster.want([cluster("west")])
        #expect(roster.want([]) == [.stop("west")])
        #expect(roster.want([cluster("west")]) == [])
        #expect(roster.stopped("west") == [.start(cluster("west", port: 10250))])
        #expect(!roster.isStopping("west"))
    }
}
