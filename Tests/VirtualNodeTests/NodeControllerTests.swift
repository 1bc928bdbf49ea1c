import KubeClient
import KubeModel
import Observability
import TestSupport
import Testing

@testable import VirtualNode

@Suite(.timeLimit(.minutes(1))) struct NodeControllerTests {
    @Test func `When the origin is back the node is asked for at once, whatever its watch waits for`() async throws {
        let state = VirtualNodeState()
        let desired = NodeDescription(settings: settings(), report: nil, sync: .starting, kubelet: .unknown)
        let standing = created(desired)
        let origin = ScriptedOrigin { call in
            guard call.method == "GET" else { return (200, standing) }
            return (200, ["metadata": ["resourceVersion": "7"], "items": [standing]])
        }
        let controller = NodeController(
            settings: settings(),
            client: origin.client(),
            state: state,
            events: EventRecorder(
                client: ScriptedOrigin { _ in (201, [:]) }.client(),
                component: "test",
                logger: InMemoryLogSink().logger(),
                metrics: MetricsRegistry()
            ),
            logger: InMemoryLogSink().logger(),
            metrics: MetricsRegistry()
        )
        let task = Task { try await controller.run() }
        var reads = origin.calls.filter { $0.method == "GET" }.makeAsyncIterator()
        #expect(await reads.next() != nil)
        // Its watch is silent from here on.
        _ = try await state.waitUntilRegistered()
        state.set(seesOrigin: false)
        state.set(seesOrigin: true)
        #expect(await reads.next()?.path.contains("fieldSelector=metadata.name%3Dus-east") == true)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
