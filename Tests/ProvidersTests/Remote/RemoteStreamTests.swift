import KubeModel
import TestSupport
import Testing

@testable import Providers

/// A stream leads to the pod's own delegate or nowhere, and what is said of it is said in the origin's names.
@Suite struct RemoteStreamTests {
    private let remote = ScriptedCluster("us-east")
    private let delegate: JSON

    init() {
        var delegate = RemoteFixture.delegate()
        delegate["metadata"]?["namespace"] = "shop-abc"
        self.delegate = delegate
    }

    private func ask() async throws -> ProviderError? {
        let instance = try Delegate(json: delegate).instance
        return try await RemoteFixture.failure {
            let exec = PodStream(.exec, method: "POST", query: [], headers: [])
            _ = try await RemoteStreams(client: remote.client()).request(exec, of: instance)
        }
    }

    @Test func `The delegate is looked at before it is reached`() async throws {
        remote.put(delegate)
        #expect(try await ask() == nil)
        #expect(remote.lines == ["get pods shop-abc/web-0"])
    }

    @Test func `A pod that took the delegate's place is not reached for it`() async throws {
        var other = delegate
        other["metadata"]?["uid"] = "stranger"
        remote.put(other)
        let error = try await ask()
        #expect(error?.code == .conflict)
        #expect(error?.reason == "DelegateReplaced")
        #expect(error?.message == "The delegate of pod shop/web-0 has been replaced.")
    }

    @Test func `A delegate that can't be looked at is not reached`() async throws {
        let error = try await ask()
        #expect(error?.code == .unavailable)
        #expect(error?.message.hasPrefix("asking for a stream of pod shop/web-0: ") == true)
    }
}
