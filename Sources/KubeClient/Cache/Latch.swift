import Synchronization

/// A gate that opens once and stays open.
package final class Latch: Sendable {
    private enum Waiter {
        /// Known before it has parked, because its cancellation may come first.
        case registered
        case parked(CheckedContinuation<Void, any Error>)
        case cancelled
    }

    private struct State {
        var isOpen = false
        var nextID: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    package var isOpen: Bool { state.withLock { $0.isOpen } }

    package func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for case .parked(let continuation) in waiters {
            continuation.resume()
        }
    }

    /// Returns when the gate is open; `CancellationError` if cancelled before.
    package func wait() async throws {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            state.waiters[state.nextID] = .registered
            return state.nextID
        }
        defer { state.withLock { state in state.waiters[id] = nil } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                park(id, continuation)
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func park(_ id: UInt64, _ continuation: CheckedContinuation<Void, any Error>) {
        let result: Result<Void, any Error>? = state.withLock { state in
            if state.isOpen { return .success(()) }
            if case .cancelled = state.waiters[id] { return .failure(CancellationError()) }
            state.waiters[id] = .parked(continuation)
            return nil
        }
        if let result { continuation.resume(with: result) }
    }

    private func cancel(_ id: UInt64) {
        let waiter = state.withLock { state in
            guard let waiter = state.waiters[id] else { return Waiter?.none }
            state.waiters[id] = .cancelled
            return waiter
        }
        if case .parked(let continuation) = waiter { continuation.resume(throwing: CancellationError()) }
    }
}
