import KubeClient
import KubeModel
import TestSupport
import Testing

@testable import PodSync
@testable import VirtualNode

@Suite struct PodDirectoryTests {
    @Test(arguments: [
        (PodPhase.running, false, true), (.pending, false, true), (.running, true, false), (.succeeded, false, false),
        (.failed, false, false),
    ])
    func `A pod runs until its instance ends or is told to`(
        phase: PodPhase,
        isTerminating: Bool,
        isRunning: Bool
    ) throws {
        let pod = try PodFixture.pod()
        let instance = PodFixture.instance(for: pod, phase: phase, isTerminating: isTerminating)
        let provider = StreamingProvider(instances: [instance], url: "")
        let controller = provider.controller(in: ScriptedCluster("origin"))
        controller.pods.replace([pod], resourceVersion: "1")
        let directory = PodDirectory()
        directory.open(controller, provider)
        #expect(directory.pods.map(\.uid) == [pod.uid])
        #expect(directory.runningPods.map(\.uid) == (isRunning ? [pod.uid] : []))
    }
}
