/// Lets so many in at a time; the others wait in the order in which they came.
actor FleetGate {
    /// A fleet takes about 2 GB and, while it starts, both processors.
    static let shared = FleetGate(passes: 2)

    private var passes: Int
    private var waiting: [(number: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    private var counter = 0

    init(passes: Int) {
        self.passes = passes
    }

    nonisolated func withPass<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await enter()
        do {
            let value = try await body()
            await leave()
            return value
        } catch {
            await leave()
            throw error
        }
    }

    private func enter() async throws {
        guard passes == 0 else {
            passes -= 1
            return
        }
        counter += 1
        let number = counter
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                waiting.append((number, continuation))
            }
        } onCancel: {
            Task { await self.giveUp(number) }
        }
    }

    private func leave() {
        // A pass that is handed on was never free, so that nobody can take it in between.
        guard waiting.isEmpty else { return waiting.removeFirst().continuation.resume() }
        passes += 1
    }

    private func giveUp(_ number: Int) {
        guard let index = waiting.firstIndex(where: { $0.number == number }) else { return }
        waiting.remove(at: index).continuation.resume(throwing: CancellationError())
    }
}
