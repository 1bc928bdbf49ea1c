/// Lets in as many fleets as there are passes for; the others wait in the order in which they came.
actor FleetGate {
    /// A fleet takes about 2 GB. Three at a time leave nothing of two processors idle and are hardly quicker.
    static let shared = FleetGate(passes: 2)

    /// While it starts a fleet takes both processors, so that one does at a time.
    static let starts = FleetGate(passes: 1)

    /// Somebody who waits for passes.
    private struct Waiting {
        let number: Int
        let passes: Int
        let continuation: CheckedContinuation<Void, any Error>
    }

    private var free: Int
    private let all: Int
    private var waiting: [Waiting] = []
    private var counter = 0

    init(passes: Int) {
        free = passes
        all = passes
    }

    /// - Parameter isAlone: whether nobody else may be in meanwhile.
    /// - Throws: `CancellationError`; what the body throws.
    nonisolated func withPass<Value>(isAlone: Bool = false, _ body: () async throws -> Value) async throws -> Value {
        let passes = isAlone ? all : 1
        try await enter(passes)
        do {
            let value = try await body()
            await leave(passes)
            return value
        } catch {
            await leave(passes)
            throw error
        }
    }

    private func enter(_ passes: Int) async throws {
        guard !waiting.isEmpty || free < passes else {
            free -= passes
            return
        }
        counter += 1
        let number = counter
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                waiting.append(Waiting(number: number, passes: passes, continuation: continuation))
            }
        } onCancel: {
            Task { await self.giveUp(number) }
        }
    }

    private func leave(_ passes: Int) {
        free += passes
        admit()
    }

    /// Passes are taken in the name of those who wait, so that nobody can take them in between.
    private func admit() {
        while let first = waiting.first, first.passes <= free {
            free -= first.passes
            waiting.removeFirst().continuation.resume()
        }
    }

    private func giveUp(_ number: Int) {
        guard let index = waiting.firstIndex(where: { $0.number == number }) else { return }
        waiting.remove(at: index).continuation.resume(throwing: CancellationError())
        admit()
    }
}
