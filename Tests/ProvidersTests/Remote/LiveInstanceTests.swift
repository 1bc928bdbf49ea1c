import KubeClient
import KubeModel
import Synchronization
import TestSupport
import Testing

@testable import Providers

/// What is proof that a pod has no delegate, and what is not.
@Suite(.timeLimit(.minutes(1))) struct LiveInstanceTests {
    private let fixture = RemoteFixture()

    private func look() async throws -> PodInstance? {
        try await fixture.provider.liveInstance(for: "uid-1", key: RemoteFixture.key)
    }

    @Test func `A server that knows no such pod is proof`() async throws {
        #expect(try await look() == nil)
    }

    @Test(arguments: AnswerCase.common)
    func `No other failure is`(answer: AnswerCase) async throws {
        fixture.remote.fault(answer.fault) { $0.verb == .get }
        #expect(try await RemoteFixture.failure { _ = try await look() }?.code == answer.code)
    }

    @Test func `A delegate that the cache does not know is found, kept and told`() async throws {
        let told = Mutex<[UID]>([])
        fixture.provider.onChange { uid in told.withLock { $0.append(uid) } }
        fixture.remote.put(RemoteFixture.delegate())
        #expect(try await look()?.instanceUID == "delegate-of-uid-1")
        #expect(fixture.provider.instance(for: "uid-1")?.instanceUID == "delegate-of-uid-1")
        #expect(told.withLock { $0 } == ["uid-1"])
    }

    @Test(arguments: [
        RemoteFixture.delegate(of: "uid-0"), RemoteFixture.delegate(origin: "origin-2"),
        RemoteFixture.delegate(node: "eu-west"), PodFixture.json(uid: "stranger"),
    ])
    func `Another pod of that name is proof`(other: JSON) async throws {
        var stranger = other
        stranger["kind"] = "Pod"
        fixture.remote.put(stranger)
        #expect(try await look() == nil)
        #expect(fixture.provider.instances.isEmpty)
    }

    @Test func `A delegate whose labels somebody took off is no proof`() async throws {
        var delegate = RemoteFixture.delegate()
        delegate["metadata"]?["labels"] = ["app": "web"]
        fixture.remote.put(delegate)
        let error = try await RemoteFixture.failure { _ = try await look() }
        #expect(error?.code == .conflict)
        #expect(error?.reason == "DelegateMarksRemoved")
    }
}
