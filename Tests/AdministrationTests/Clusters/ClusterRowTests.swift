import KubeModel
import Testing

@testable import Administration

@Suite struct ClusterRowTests {
    private static let now = Duration.seconds(Timestamp.parse("2026-11-21T19:50:00Z") ?? 0)

    private func row(_ node: JSON = virtualNode(), lease: JSON? = nil, load: NodeLoad? = nil) throws -> ClusterRow {
        ClusterRow(node: try Node(json: node), lease: try lease.map { try Lease(json: $0) }, load: load, now: Self.now)
    }

    private func cells(_ row: ClusterRow, isWide: Bool = false) -> [String: String] {
        let table = ClusterTable(isWide: isWide)
        let pairs = zip(table.header, table.cells(row, now: Self.now))
        return Dictionary(pairs.map { ($0, $1) }) { first, _ in first }
    }

    @Test func `A row tells what the node says, and what pods ask for of it`() throws {
        let pods = [boundPod("a"), boundPod("b"), boundPod("c", phase: "Succeeded"), boundPod("d", on: "eu")]
        let load = NodeLoad.byNode(try pods.map { try BoundPod(json: $0) })
        let row = try row(load: load["us-east"])
        let cells = cells(row)
        #expect(cells["NAME"] == "us-east")
        #expect(cells["STATE"] == "healthy")
        #expect(cells["ROUND-TRIP"] == "27.4ms")
        #expect(cells["VERSION"] == "v1.31.2")
        #expect(cells["CPU"] == "1/96")
        #expect(cells["MEMORY"] == "2Gi/376Gi")
        #expect(cells["PODS"] == "2/330")
        #expect(cells["SLOTS"] == "480/96")
        #expect(cells["LARGEST-SLOT"] == "31.5/120Gi")
        #expect(cells["AGE"] == "50m")
        #expect(cells["LAST-ERROR"] == "<none>")
        #expect(cells["REGION"] == nil)
        let wide = self.cells(row, isWide: true)
        #expect(wide["SLOTS"] == "100m/128Mi=480,500m/512Mi=96")
        #expect(wide["REGION"] == "us")
        #expect(wide["ZONE"] == "us-east-a")
    }

    @Test func `Where pods can't be listed that is seen`() throws {
        #expect(cells(try row())["CPU"] == "?/96")
        #expect(cells(try row())["PODS"] == "?/330")
        #expect(try row().json["pods"] == nil)
    }

    @Test func `What was not found out yet is not known`() throws {
        var node = virtualNode(ready: "False", reason: "Starting")
        node["metadata"]?["annotations"] = nil
        node["status"]?["allocatable"] = nil
        node["status"]?["nodeInfo"] = nil
        let cells = cells(try row(node))
        #expect(cells["STATE"] == "starting")
        for column in ["ROUND-TRIP", "VERSION", "CPU", "MEMORY", "PODS", "SLOTS", "LARGEST-SLOT"] {
            #expect(cells[column] == "<unknown>")
        }
        #expect(cells["LAST-ERROR"] == "Starting: words")
    }

    @Test func `A node that is cordoned says so beside its state`() throws {
        let row = try row(virtualNode(ready: "False", reason: "RemoteUnreachable", spec: ["unschedulable": true]))
        #expect(cells(row)["STATE"] == "lost,cordoned")
        #expect(row.json["schedulable"] == false)
    }

    @Test(arguments: [
        ("2026-11-21T19:49:50.000000Z", ClusterState.healthy), ("2026-11-21T19:49:20.000000Z", .healthy),
        ("2026-11-21T19:49:10.000000Z", .unknown),
    ])
    func `A lease that has run out outweighs what the node says`(renewed: String, state: ClusterState) throws {
        #expect(try row(lease: nodeLease(renewed: renewed)).state == state)
    }

    @Test func `Programs get quantities and numbers`() throws {
        let row = try row(load: NodeLoad.byNode([BoundPod(json: boundPod("a"))])["us-east"])
        let json = row.json
        #expect(json["state"] == "healthy")
        #expect(json.at("allocatable", "cpu") == "96")
        #expect(json.at("requested", "cpu") == "500m")
        #expect(json["pods"] == 1)
        #expect(json.at("slots", "500m/512Mi") == 96)
        #expect(json.at("largestSlot", "memory") == "120Gi")
        #expect(row.departed.json["state"] == "gone")
    }
}
