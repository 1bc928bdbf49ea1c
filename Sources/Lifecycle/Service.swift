/// A part of the process that runs for long: a listener, a watch, a controller.
///
/// `run()` returns when its work is over, when its task is cancelled (at once, throwing `CancellationError` or
/// returning) or, in good order, when `ShutdownSignal.current` is triggered. A service that has no order to keep wraps
/// its work in `cancelOnShutdown`.
package protocol Service: Sendable {
    /// Runs the service to its end.
    func run() async throws
}

/// A service made of a closure, for parts too small to deserve a type.
package struct ClosureService: Service {
    private let body: @Sendable () async throws -> Void

    package init(_ body: @escaping @Sendable () async throws -> Void) {
        self.body = body
    }

    package func run() async throws {
        try await body()
    }
}

/// Runs `body` and cancels it when the service it belongs to is asked to stop.
///
/// The cancellation that a shutdown causes is the good end of the body: its `CancellationError` is not passed on, and
/// `nil` is returned. A cancelled caller gets what the body makes of its cancellation.
package func cancelOnShutdown<T: Sendable>(
    _ signal: ShutdownSignal = .current,
    _ body: @escaping @Sendable () async throws -> T
) async throws -> T? {
    try await withThrowingTaskGroup(of: T?.self) { group in
        group.addTask {
            await signal.wait()
            return nil
        }
        group.addTask { try await body() }
        // The body's end is the call's end, whichever of the two comes first.
        let first = try await group.next()
        if let value = first ?? nil {
            group.cancelAll()
            return value
        }
        group.cancelAll()
        do {
            return try await group.next() ?? nil
        } catch is CancellationError where signal.isTriggered && !Task.isCancelled {
            return nil
        }
    }
}
