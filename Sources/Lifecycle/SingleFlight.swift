import Synchronization

/// Runs an operation once for all who ask for it at the same time.
///
/// Who is cancelled leaves at once; the operation is cancelled when nobody waits for it any more. Who comes after that
/// starts a new one.
package final class SingleFlight<Value: Sendable>: Sendable {
    fileprivate typealias Waiter = CheckedContinuation<Value, any Error>

    private let operation: @Sendable () async throws -> Value
    private let state = Mutex(State())

    package init(_ operation: @escaping @Sendable () async throws -> Value) {
        self.operation = operation
    }

    /// The result of the operation that is running, or of one that is started now.
    package func value() async throws -> Value {
        let id = state.withLock { $0.register() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                perform(state.withLock { $0.join(id, continuation) })
            }
        } onCancel: {
            perform(state.withLock { $0.leave(id) })
        }
    }

    /// How many wait now.
    var waiterCount: Int { state.withLock { $0.waiterCount } }

    private func perform(_ action: Action) {
        switch action {
        case .none: break
        case .start(let flight): start(flight)
        case .refuse(let waiter): waiter.resume(throwing: CancellationError())
        case .release(let waiter, let task):
            waiter.resume(throwing: CancellationError())
            task?.cancel()
        }
    }

    private func start(_ flight: UInt64) {
        // Not a child of the first who asked: others wait for it too. Its owner is the state, which cancels it when the
        // last one leaves.
        let task = Task {
            let result: Result<Value, any Error>
            do {
                result = .success(try await operation())
            } catch {
                result = .failure(error)
            }
            for waiter in state.withLock({ $0.land(flight) }) { waiter.resume(with: result) }
        }
        let isAbandoned = state.withLock { $0.attach(task, to: flight) }
        if isAbandoned { task.cancel() }
    }

    fileprivate enum Action {
        case none
        case start(UInt64)
        case refuse(Waiter)
        /// The waiter leaves; the task is there if it was the last.
        case release(Waiter, Task<Void, Never>?)
    }
}

extension SingleFlight {
    private struct State {
        private struct Flight {
            let id: UInt64
            var task: Task<Void, Never>?
            var waiters: [UInt64: Waiter]
        }

        private var flight: Flight?
        /// Flights whose last waiter left before their task was known.
        private var abandoned: Set<UInt64> = []
        /// Callers that have not joined yet, because their cancellation may come first.
        private var joining: Set<UInt64> = []
        private var nextID: UInt64 = 0

        var waiterCount: Int { flight?.waiters.count ?? 0 }

        mutating func register() -> UInt64 {
            defer { nextID += 1 }
            joining.insert(nextID)
            return nextID
        }

        mutating func join(_ id: UInt64, _ waiter: Waiter) -> Action {
            guard joining.remove(id) != nil else { return .refuse(waiter) }
            if flight != nil {
                flight?.waiters[id] = waiter
                return .none
            }
            flight = Flight(id: id, task: nil, waiters: [id: waiter])
            return .start(id)
        }

        mutating func leave(_ id: UInt64) -> Action {
            if joining.remove(id) != nil { return .none }
            guard let waiter = flight?.waiters.removeValue(forKey: id) else { return .none }
            guard let flight, flight.waiters.isEmpty else { return .release(waiter, nil) }
            if flight.task == nil { abandoned.insert(flight.id) }
            self.flight = nil
            return .release(waiter, flight.task)
        }

        /// Whether nobody waits for the flight any more.
        mutating func attach(_ task: Task<Void, Never>, to id: UInt64) -> Bool {
            if flight?.id == id { flight?.task = task }
            return abandoned.remove(id) != nil
        }

        mutating func land(_ id: UInt64) -> [Waiter] {
            guard let landed = flight, landed.id == id else { return [] }
            flight = nil
            return Array(landed.waiters.values)
        }
    }
}
