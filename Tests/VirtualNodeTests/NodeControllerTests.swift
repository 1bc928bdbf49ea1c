import KubeClient
import KubeModel
import Observability
import TestSupport
import Testing

@testable import VirtualNode

@Suite(.timeLimit(.minutes(1))) struct NodeControllerTests {
    private let state = VirtualNodeState()

    @Test func `When the origin is back the node is asked for at once, whatever its watch waits for`() async throws {
        let origin = Self.origin()
        let task = run(origin)
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

    @Test func `Run again it follows the node, and the origin's return, as before`() async throws {
        for _ in 1...2 {
            let origin = Self.origin()
            let task = run(origin)
            var reads = origin.calls.filter { $0.method == "GET" }.makeAsyncIterator()
            #expect(await reads.next() != nil)
            state.set(seesOrigin: false)
            state.set(seesOrigin: true)
            #expect(await reads.next() != nil)
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    private static func origin() -> ScriptedOrigin {
        let desired = NodeDescription(settings: settings(), report: nil, sync: .starting, kubelet: .unknown)
        let standing = created(desired)
        return ScriptedOrigin { call in
            guard call.method == "GET" else { return (200, standing) }
            return (200, ["metadata": ["resourceVersion": "7"], "items": [standing]])
        }
    }

    private func run(_ origin: ScriptedOrigin) -> Task<Void, any Error> {
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
        return Task { try await controller.run() }
    }
}
