import Testing

/// Gives a suite an API server of its own, with all that belongs to a control plane: `TestServer.current`.
struct ServerTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing body: @Sendable @concurrent () async throws -> Void
    ) async throws {
        try await FleetGate.shared.withPass(lasting: .seconds(60)) { try await TestServer.withServer(body) }
    }
}

extension Trait where Self == ServerTrait {
    static var server: ServerTrait { ServerTrait() }
}
