/// Runs `body`, and at each signal ends that run and begins another: for work whose own pace of trying again is too slow
/// once it is known that what it waits for is there.
///
/// A run is over before the next one begins. Signals that come in a row count as one; when there will be no more of them,
/// as in a stream whose reader was cancelled before, the run goes on. Returns when the body does.
///
/// - Parameter signals: Made with `bufferingPolicy: .bufferingNewest(1)`; nobody else reads them.
/// - Throws: What the body throws; `CancellationError` if cancelled.
package func runAnew(
    at signals: AsyncStream<Void>,
    _ body: @escaping @Sendable () async throws -> Void
) async throws {
    while try await isInterrupted(by: signals, body) {}
}

/// Whether a signal ended the body.
private func isInterrupted(
    by signals: AsyncStream<Void>,
    _ body: @escaping @Sendable () async throws -> Void
) async throws -> Bool {
    try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
            try await body()
            return false
        }
        group.addTask {
            for await _ in signals { return true }
            // Until it is cancelled.
            await ShutdownSignal().wait()
            return true
        }
        let isSignal = try await group.next() ?? false
        try Task.checkCancellation()
        group.cancelAll()
        return isSignal
    }
}
