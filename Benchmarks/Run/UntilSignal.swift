import Lifecycle

/// The life of the benchmark's small programs: a service until the first signal.
enum UntilSignal {
    /// - Throws: what the service throws before a signal.
    static func run(_ signals: AsyncStream<Int32>, _ service: some Service) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            group.addTask { for await _ in signals { return } }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
