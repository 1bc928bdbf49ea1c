import KubeClient
import KubeModel
import TestSupport
import Testbed
import Testing
import Transport

extension RealContainers {
    /// What real containers use, by the word of real kubelets.
    @Suite struct RealUsageTests {}
}

extension RealContainers.RealUsageTests {
    @Test("What a busy container uses is told as its own kubelet measures it", .rows(92))
    func busy() async throws {
        try await TestSpace.with("busy") { space in
            // The container must not be started again, however slow the machine, nor be what makes it slow.
            let probe: JSON = [
                "exec": ["command": ["true"]], "periodSeconds": 1, "timeoutSeconds": 30, "failureThreshold": 100,
            ]
            let members: JSON = ["livenessProbe": probe, "resources": ["limits": ["cpu": "200m"]]]
            try await space.start("web", "trap 'exit 0' TERM; while :; do :; done", container: members)
            let (remote, pod) = (
                try await space.cluster(of: "web"), try #require(await space.origin.pod("web", in: space.name))
            )
            let page = { (name: String) in
                try await space.origin.client.raw(path: "/api/v1/nodes/\(remote.name)/proxy/\(name)")
            }
            let container = MetricsScrape.Container(
                pod: ObjectKey(namespace: space.name, name: "web"),
                name: "main"
            )
            // Kubelets measure every ten seconds or so.
            let first = try await eventually("the container's CPU time is known", within: .seconds(60)) {
                MetricsScrape(page: String(decoding: try await page("metrics/resource").body, as: UTF8.self))
                    .containers[container]
            } until: {
                $0 != nil
            }
            let later = try await eventually("it has used more", within: .seconds(60)) {
                MetricsScrape(page: String(decoding: try await page("metrics/resource").body, as: UTF8.self))
                    .containers[container]
            } until: {
                ($0?.time ?? 0) > (first?.time ?? 0)
            }
            let (old, new) = (try #require(first), try #require(later))
            #expect(new.cpuSeconds > old.cpuSeconds)
            #expect(new.start == old.start)
            // As its own kubelet says or, where that does not, as the pod's status.
            let delegate = try #require(try await remote.pod("web", in: space.name))
            let path = "/api/v1/nodes/\(delegate.nodeName)/proxy/metrics/resource"
            let kubelet = try await eventually("its own kubelet tells of it", within: .seconds(30)) {
                MetricsScrape(page: String(decoding: try await remote.client.raw(path: path).body, as: UTF8.self))
                    .containers[container]
            } until: {
                $0 != nil
            }
            let told = try #require(kubelet).start
            let began = try #require(told > 0 ? told : pod.containerStart)
            #expect(new.start == began)

            let whole = { (name: String) in
                // A kubelet that is busy may not answer in time; then there is no page for a moment.
                try await eventually("there is a page \(name)", within: .seconds(30)) {
                    try await page(name)
                } until: {
                    $0.status == 200
                }.body
            }
            // What a pod uses as a whole kubelets measure apart from its containers, and some later.
            let summary = try await eventually("the summary has what the pod uses", within: .seconds(60)) {
                try JSON.parse(try await whole("stats/summary"))
            } until: { summary in
                let found = summary["pods"]?.array?.first { $0.at("podRef", "uid")?.string == pod.uid }
                return (found?.at("memory", "workingSetBytes")?.int ?? 0) > 0
            }
            let found = summary["pods"]?.array?.first { $0.at("podRef", "uid")?.string == pod.uid }
            #expect(found?.at("podRef", "namespace")?.string == space.name)
            #expect((summary.at("node", "cpu", "usageCoreNanoSeconds")?.int ?? 0) > 0)

            let label = "namespace=\"\(space.name)\",pod=\"web\""
            // A kubelet of which a container goes while it looks says so, and says nothing else.
            let cadvisor = try await eventually("cAdvisor could look at all containers", within: .seconds(30)) {
                String(decoding: try await whole("metrics/cadvisor"), as: UTF8.self)
            } until: {
                $0.contains("container_scrape_error 0\n")
            }
            #expect(cadvisor.contains("container_cpu_usage_seconds_total{\(label)"))
            #expect(!cadvisor.contains("namespace=\"kube-system\""))
            let probes = String(decoding: try await whole("metrics/probes"), as: UTF8.self)
            #expect(probes.contains("prober_probe_total{\(label)"))
            #expect(probes.contains(pod.uid))
        }
    }
}
