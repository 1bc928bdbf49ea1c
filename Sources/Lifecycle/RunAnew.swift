/// Runs `body`, and at each signal ends that run and begins another: for work whose own pace of trying again is too slow
/// once it is known that what it waits for is there.
///
/// A run is over before the next one begins. Signals that come in a row count as one.
///
/// - Parameter signals: Made with `bufferingPolicy: .bufferingNewest(1)`; nobody else reads them.
/// - Throws: What the body throws; `CancellationError` if cancelled.
package func runAnew(
    at signals: AsyncStream<Void>,
    _ body: @escaping @Sendable () async throws -> Void
) async throws {
    while true {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask { for await _ in signals { return } }
            // The first to end is the signal, or the body by its failure, which is thrown.
            try await group.next()
            try Task.checkCancellation()
            group.cancelAll()
        }
    }
}
