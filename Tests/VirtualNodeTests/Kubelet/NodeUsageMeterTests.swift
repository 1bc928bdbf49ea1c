import KubeModel
import Providers
import TestSupport
import Testing

@testable import VirtualNode

@Suite struct NodeUsageMeterTests {
    private func reading(_ uid: UID, _ seconds: Double, start: Double = 0, at time: Double) -> UsageReading {
        UsageReading(instanceUID: uid, start: start, cpuSeconds: seconds, memoryBytes: 10, time: time)
    }

    @Test func `A node has used what its pods used, also those that are gone`() {
        var meter = NodeUsageMeter()
        let first = meter.note([reading("a", 5, at: 100), reading("b", 7, at: 101)], present: ["a", "b"], now: 200)
        #expect(first == .init(cpuSeconds: 12, nanoCores: nil, memoryBytes: 20, time: 101))
        let second = meter.note([reading("a", 6, at: 110)], present: ["a"], now: 200)
        #expect(second == .init(cpuSeconds: 13, nanoCores: nil, memoryBytes: 10, time: 110))
        let third = meter.note([], present: [], now: 200)
        #expect(third == .init(cpuSeconds: 13, nanoCores: 0, memoryBytes: 0, time: 200))
    }

    @Test func `A pod that began since the last look counts whole, an older one from now on`() {
        var meter = NodeUsageMeter()
        _ = meter.note([reading("a", 5, at: 100)], present: ["a"], now: 0)
        let new = meter.note(
            [reading("a", 5, at: 110), reading("b", 3, start: 105, at: 110)],
            present: ["a", "b"],
            now: 0
        )
        #expect(new.cpuSeconds == 8)
        let old = meter.note([reading("c", 1000, start: 1, at: 120)], present: ["a", "b", "c"], now: 0)
        #expect(old.cpuSeconds == 8)
        #expect(meter.note([reading("c", 1001, start: 1, at: 130)], present: ["c"], now: 0).cpuSeconds == 9)
    }

    @Test func `A part that was missing once is caught up with`() {
        var meter = NodeUsageMeter()
        _ = meter.note([reading("a", 5, at: 100), reading("b", 5, at: 100)], present: ["a", "b"], now: 0)
        _ = meter.note([reading("a", 6, at: 110)], present: ["a", "b"], now: 0)
        let both = meter.note([reading("a", 7, at: 120), reading("b", 9, at: 120)], present: ["a", "b"], now: 0)
        #expect(both.cpuSeconds == 16)
    }

    @Test(arguments: [1e300, -1e300, .nan, .infinity])
    func `Sums of what can't be are bounded`(value: Double) {
        var meter = NodeUsageMeter()
        let lies = ["a", "b"].map {
            UsageReading(
                instanceUID: $0,
                container: "main",
                start: value,
                cpuSeconds: value,
                nanoCores: .max,
                memoryBytes: .max,
                time: value
            )
        }
        let total = meter.note(lies, present: ["a", "b"], now: 0)
        #expect(total.memoryBytes == .max)
        #expect(total.nanoCores == .max)
    }

    @Test func `An older reading, from another page, takes nothing back`() {
        var meter = NodeUsageMeter()
        _ = meter.note([reading("a", 5, at: 100)], present: ["a"], now: 0)
        #expect(meter.note([reading("a", 4, at: 99)], present: ["a"], now: 0).cpuSeconds == 5)
        #expect(meter.note([reading("a", 6, at: 101)], present: ["a"], now: 0).cpuSeconds == 6)
    }

    @Test func `A container that began anew counts from its beginning`() {
        func container(_ seconds: Double, start: Double, at time: Double) -> UsageReading {
            UsageReading(
                instanceUID: "a",
                container: "main",
                start: start,
                cpuSeconds: seconds,
                nanoCores: 3,
                memoryBytes: 1,
                time: time
            )
        }
        var meter = NodeUsageMeter()
        _ = meter.note([container(50, start: 1, at: 100)], present: ["a"], now: 0)
        let total = meter.note([container(2, start: 104, at: 110)], present: ["a"], now: 0)
        #expect(total == .init(cpuSeconds: 52, nanoCores: 3, memoryBytes: 1, time: 110))
    }

    /// A pod at one look.
    private struct Look: Sendable {
        let uid: UID
        /// nil where its part was missing.
        let cpuSeconds: Double?
        var start = 0.0
        /// How much older its reading is than the look.
        var age = 0.0
    }

    /// What metrics-server makes of looks at a node.
    private func judge(_ looks: [[Look]]) -> MetricsStorage {
        var (meter, storage) = (NodeUsageMeter(), MetricsStorage())
        for (number, look) in looks.enumerated() {
            let now = 1000 + Double(number) * 60
            let readings = look.filter { $0.cpuSeconds != nil }.map { pod in
                reading(pod.uid, pod.cpuSeconds ?? 0, start: pod.start, at: now - pod.age)
            }
            let total = meter.note(readings, present: Set(look.map(\.uid)), now: now)
            let node = MetricsScrape.Point(
                cpuSeconds: total.cpuSeconds,
                memoryBytes: Double(total.memoryBytes),
                time: total.time * 1000
            )
            storage.store(["us-east": MetricsScrape(node: node)])
        }
        return storage
    }

    /// What a node's pods may do between two looks, one minute apart; each ends with a minute of one pod on one core.
    private static let courses: [[[Look]]] = [
        // One goes, and one comes.
        [
            [Look(uid: "a", cpuSeconds: 500), Look(uid: "b", cpuSeconds: 20)], [Look(uid: "b", cpuSeconds: 80)],
            [Look(uid: "b", cpuSeconds: 130), Look(uid: "c", cpuSeconds: 10, start: 1110)],
            [Look(uid: "c", cpuSeconds: 70, start: 1110)],
        ],
        // All go, and one comes back late with all that it used.
        [
            [Look(uid: "a", cpuSeconds: 500)], [], [Look(uid: "a", cpuSeconds: 620)],
            [Look(uid: "a", cpuSeconds: 680)],
        ],
        // A counter falls, for one look.
        [
            [Look(uid: "a", cpuSeconds: 500)], [Look(uid: "a", cpuSeconds: 3)],
            [Look(uid: "a", cpuSeconds: 500)], [Look(uid: "a", cpuSeconds: 560)],
        ],
        // A part is missing, then an older reading of it comes, from another page.
        [
            [Look(uid: "a", cpuSeconds: 10), Look(uid: "b", cpuSeconds: 500)],
            [Look(uid: "a", cpuSeconds: 70), Look(uid: "b", cpuSeconds: nil)],
            [Look(uid: "a", cpuSeconds: 130), Look(uid: "b", cpuSeconds: 400, age: 90)],
            [Look(uid: "a", cpuSeconds: 190), Look(uid: "b", cpuSeconds: 500)],
        ],
        // One of them lies.
        [
            [Look(uid: "a", cpuSeconds: 10), Look(uid: "b", cpuSeconds: -400)],
            [Look(uid: "a", cpuSeconds: 70), Look(uid: "c", cpuSeconds: -1e300, start: 2000)],
            [Look(uid: "a", cpuSeconds: 130)], [Look(uid: "a", cpuSeconds: 190)],
        ],
    ]

    @Test(arguments: courses.indices)
    func `To metrics-server a node's CPU time never falls, whatever becomes of its pods`(index: Int) {
        let storage = judge(Self.courses[index])
        #expect(storage.faults == [])
        #expect(storage.nodeUsages["us-east"]?.cores == 1)
    }
}
