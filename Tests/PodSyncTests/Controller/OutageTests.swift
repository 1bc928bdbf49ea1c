import KubeClient
import KubeModel
import Providers
import TestSupport
import Testing

@testable import PodSync

/// While a cluster can't be reached, what is known of it is no news, and nothing is asked of it.
@Suite(.timeLimit(.minutes(1))) struct OutageTests {
    private static let notReady: JSON = [
        "phase": "Running", "conditions": [["type": "Ready", "status": "False", "reason": "NodeNotReady"]],
    ]

    @Test func `Pods stay not ready until their cluster answers again`() async throws {
        let fixture = ControllerFixture()
        let pod = try fixture.add(PodFixture.json(status: Self.notReady))
        fixture.provider.set(PodFixture.instance(for: pod, status: readyStatus), for: pod.uid)
        fixture.provider.setReachable(false)
        #expect(await fixture.look() == .done)
        #expect(fixture.condition("Ready")?["reason"] == "NodeNotReady", "what stands there says it already")
        fixture.provider.setReachable(true)
        #expect(await fixture.look() == .done)
        #expect(fixture.condition("Ready")?["status"] == "True")
    }

    /// The pod, whether the origin has it, and whether something runs for it.
    @Test(
        arguments: [
            ("create", PodFixture.json(), true, false),
            ("update", PodFixture.json(metadata: ["labels": ["tier": "gold"]]), true, true),
            ("end", PodFixture.json(metadata: PodFixture.terminating(grace: 30)), true, true),
            ("release", PodFixture.json(metadata: PodFixture.terminating(grace: 30)), true, false),
            ("endOrphan", PodFixture.json(), false, true),
            ("failLost", PodFixture.json(spec: ["restartPolicy": "Never"], status: Self.notReady), true, false),
        ] as [(String, JSON, Bool, Bool)]
    )
    func `No step is taken that needs the cluster`(step: String, json: JSON, isThere: Bool, runs: Bool) async throws {
        let fixture = ControllerFixture()
        let pod = try isThere ? fixture.add(json) : Pod(json: json)
        if runs {
            let earlier = PodFingerprint(text: "of an earlier state")
            fixture.provider.set(PodFixture.instance(for: pod, fingerprint: earlier), for: pod.uid)
        }
        fixture.provider.setReachable(false)
        #expect(await fixture.look() == .done)
        #expect(fixture.provider.calls.isEmpty)
        // The pod says what it waits for, and nothing else is said.
        #expect(fixture.origin.lines == (isThere ? ["patch pods/status shop/web-0"] : []))
        fixture.provider.setReachable(true)
        await fixture.look()
        #expect(!fixture.provider.calls.isEmpty || !fixture.origin.lines.isEmpty, "the step is none without an outage")
    }
}
