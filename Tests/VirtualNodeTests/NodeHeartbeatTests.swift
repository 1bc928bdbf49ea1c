import KubeModel
import Providers
import Testing

@testable import VirtualNode

@Suite struct NodeHeartbeatTests {
    private let heartbeat = NodeHeartbeat(interval: .seconds(300))
    private let desired: NodeDescription
    private let written: Duration

    init() throws {
        desired = NodeDescription(settings: settings(), report: try report(), sync: .synced)
        written = .seconds(try #require(Timestamp.parse(earlier)))
    }

    @Test(arguments: [(0, 300), (10, 290), (300, 0), (400, -100), (-1, 0)])
    func `A heartbeat is due when the interval is over, or the last one is of the future`(age: Int, left: Int) {
        let remaining = heartbeat.remaining(for: desired, observed: created(desired), now: written + .seconds(age))
        #expect(remaining == .seconds(left))
    }

    @Test func `The oldest condition counts`() {
        var node = created(desired)
        node["status"]?["conditions"] = .array(
            desired.conditions.enumerated().map { index, condition in
                condition.json(observed: nil, now: index == 0 ? later : earlier)
            }
        )
        #expect(heartbeat.remaining(for: desired, observed: node, now: written + .seconds(300)) == .zero)
    }

    @Test func `A condition without a time is due`() {
        var node = created(desired)
        node["status"]?["conditions"] = [["type": "Ready", "status": "True"]]
        #expect(heartbeat.remaining(for: desired, observed: node, now: written) == .zero)
    }
}
