import KubeClient
import KubeModel
import TestSupport
import Testing

@testable import PodSync

/// What is measured of the work on pods.
@Suite(.timeLimit(.minutes(1))) struct MeasureTests {
    private let fixture = ControllerFixture(options: .unhurried)

    private func count(_ name: String) -> String? {
        let prefix = "\(name)_count{node=\"us-east\"} "
        let line = fixture.origin.metricsText.split(separator: "\n").first { $0.hasPrefix(prefix) }
        return line.map { String($0.dropFirst(prefix.count)) }
    }

    @Test func `The wait for a delegate counts once, that of a listed pod not at all`() async throws {
        let pod = try fixture.add(PodFixture.json())
        fixture.provider.refuse(.unavailable)
        await fixture.look()
        #expect(count("martlet_pod_delegation_duration_seconds") == "0")
        fixture.provider.refuse(nil)
        await fixture.look()
        #expect(count("martlet_pod_delegation_duration_seconds") == "1")
        let listed = try Pod(json: fixture.origin.put(PodFixture.json(uid: "uid-2", name: "web-1")))
        fixture.controller.pods.replace([pod, listed], resourceVersion: "8")
        await fixture.look(at: "uid-2")
        #expect(fixture.provider.calls.last == .create("uid-2"))
        #expect(count("martlet_pod_delegation_duration_seconds") == "1")
    }

    @Test func `The lag of a status counts once for a change that the pod did not have`() async throws {
        let pod = try fixture.add(PodFixture.json())
        let instance = PodFixture.instance(for: pod, status: readyStatus)
        fixture.provider.set(instance, for: pod.uid)
        await fixture.look()
        #expect(count("martlet_pod_status_lag_seconds") == "1")
        fixture.provider.set(instance, for: pod.uid)
        await fixture.look()
        await fixture.look()
        #expect(count("martlet_pod_status_lag_seconds") == "1")
    }
}
