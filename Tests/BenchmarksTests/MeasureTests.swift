import KubeClient
import KubeModel
import Testing

@testable import Benchmarks

@Suite("What is read of processes and their counters")
struct MeasureTests {
    @Test("CPU time is the sum of user and system time, whatever the program's name")
    func ticks() {
        let rest = "S 1 2 3 4 5 6 7 8 9 10 120 34 0 0"
        #expect(ProcessUsage.ticks(stat: "42 (martlet) \(rest)") == 154)
        #expect(ProcessUsage.ticks(stat: "42 (a ) 1 (b) \(rest)") == 154)
        #expect(ProcessUsage.ticks(stat: "42 (martlet) S 1 2") == nil)
        #expect(ProcessUsage.ticks(stat: "") == nil)
    }

    @Test("Peak memory is VmHWM")
    func peak() {
        let status = "VmPeak:\t  999 kB\nVmHWM:\t   50432 kB\nVmRSS: 1 kB\nThreads:\t9\n"
        #expect(ProcessUsage.number("VmHWM", status: status) == 50432)
        #expect(ProcessUsage.number("Threads", status: status) == 9)
        #expect(ProcessUsage.number("VmSwap", status: status) == nil)
    }

    @Test("Traffic is summed by cluster, calls also by kind, and other metrics are not counted")
    func traffic() {
        let text = """
            # TYPE martlet_api_requests_total counter
            martlet_api_requests_total{cluster="origin",code="200",resource="pods/status",verb="patch"} 9
            martlet_api_requests_total{cluster="origin",code="409",resource="pods/status",verb="patch"} 1
            martlet_api_requests_total{cluster="remote",code="201",resource="pods",verb="create"} 10
            martlet_api_sent_bytes_total{cluster="remote",code="201",resource="pods",verb="create"} 2048
            martlet_api_received_bytes_total{cluster="remote",code="200",resource="pods",verb="watch"} 1e3
            martlet_api_request_duration_seconds_count{cluster="origin",verb="patch"} 10
            martlet_watch_events_total{cluster="remote",resource="pods"} 7
            martlet_watch_events_total{cluster="remote",resource="nodes"} 2
            workqueue_adds_total{cluster="origin"} 77
            """
        let traffic = APITraffic.byCluster(metrics: text)
        #expect(traffic["origin"] == APITraffic(calls: 10, byKind: ["patch pods/status": 10]))
        let remote = APITraffic(
            calls: 10,
            sentBytes: 2048,
            receivedBytes: 1000,
            watchEvents: 9,
            byKind: ["create pods": 10]
        )
        #expect(traffic["remote"] == remote)
        #expect(traffic.count == 2)
    }

    @Test("The traffic of a trial is what came on top, per pod")
    func difference() {
        let before = APITraffic(calls: 5, sentBytes: 100, receivedBytes: 10, byKind: ["get nodes": 5])
        let after = APITraffic(
            calls: 25,
            sentBytes: 300,
            receivedBytes: 50,
            byKind: ["get nodes": 5, "create pods": 20]
        )
        let perPod = (after - before).divided(by: 10)
        #expect(perPod == APITraffic(calls: 2, sentBytes: 20, receivedBytes: 4, byKind: ["create pods": 2]))
    }

    @Test("A pod's times are those of its first event in each state")
    func observations() {
        var seen = PodObservations()
        let events: [(WatchEvent.Kind, JSON, Int)] = [
            (.added, Self.pod(), 1),
            (.modified, Self.pod(node: "n"), 2),
            (.modified, Self.pod(node: "n", phase: "Running"), 3),
            (.modified, Self.pod(node: "n", phase: "Running", ready: "True"), 4),
            (.modified, Self.pod(node: "n", phase: "Running", ready: "False"), 5),
            (.modified, Self.pod(node: "n", phase: "Running", ready: "True"), 6),
            (.deleted, Self.pod(node: "n", phase: "Running", ready: "True"), 7),
        ]
        for (type, pod, second) in events {
            seen.note(WatchEvent(type: type, object: pod), at: .seconds(second))
        }
        let expected = PodTimeline(
            seen: .seconds(1),
            bound: .seconds(2),
            running: .seconds(3),
            ready: .seconds(4),
            deleting: .seconds(7),
            gone: .seconds(7)
        )
        #expect(seen.pods == ["web": expected])
        #expect((seen.readyCount, seen.goneCount) == (1, 1))
        #expect(seen.isEmpty)
    }

    @Test("A hop's latency needs both of its ends")
    func hops() {
        let (origin, remote) = (Self.observed(bound: 1, gone: 9), Self.observed(seen: 3, gone: 8))
        #expect(Hop.delegateCreated.latencies(origin: origin, remote: remote) == [2])
        #expect(Hop.podReleased.latencies(origin: origin, remote: remote) == [1])
        #expect(Hop.runningMirrored.latencies(origin: origin, remote: remote) == [])
        #expect(Hop.delegateCreated.latencies(origin: origin, remote: PodObservations()) == [])
    }

    private static func observed(seen: Int = 0, bound: Int? = nil, gone: Int) -> PodObservations {
        var observations = PodObservations()
        observations.note(WatchEvent(type: .added, object: pod()), at: .seconds(seen))
        if let bound {
            observations.note(WatchEvent(type: .modified, object: pod(node: "n")), at: .seconds(bound))
        }
        observations.note(WatchEvent(type: .deleted, object: pod()), at: .seconds(gone))
        return observations
    }

    private static func pod(node: String? = nil, phase: String? = nil, ready: String? = nil) -> JSON {
        var pod: JSON = ["metadata": ["name": "web"], "spec": [:], "status": [:]]
        pod["spec"]?["nodeName"] = node.map { .string($0) }
        pod["status"]?["phase"] = phase.map { .string($0) }
        pod["status"]?["conditions"] = ready.map { [["type": "Ready", "status": .string($0)]] }
        return pod
    }
}
