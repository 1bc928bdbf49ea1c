/// Lets in as many fleets as there are passes for. Of those who wait the one that takes longest is next, so that no long
/// one is left to itself at the end; of equals the one that came first. Who must be alone is in after all the others:
/// before that some passes would lie idle until the last one is free.
actor FleetGate {
    /// A fleet takes about 2 GB. Three at a time leave nothing of two processors idle and are hardly quicker.
    static let shared = FleetGate(passes: 2)

    /// While it starts a fleet takes both processors, so that one does at a time.
    static let starts = FleetGate(passes: 1)

    /// Somebody who waits for passes.
    private struct Waiting {
        let number: Int
        let passes: Int
        let length: Duration
        let continuation: CheckedContinuation<Void, any Error>

        /// By fewer passes, by greater length, by who came first.
        func isBefore(_ other: Waiting) -> Bool {
            (passes, other.length, number) < (other.passes, length, other.number)
        }
    }

    private var free: Int
    private let all: Int
    private var waiting: [Waiting] = []
    private var counter = 0

    init(passes: Int) {
        free = passes
        all = passes
    }

    /// - Parameters:
    ///   - isAlone: whether nobody else may be in meanwhile.
    ///   - length: about how long the body takes.
    /// - Throws: `CancellationError`; what the body throws.
    nonisolated func withPass<Value>(
        isAlone: Bool = false,
        lasting length: Duration = .zero,
        _ body: () async throws -> Value
    ) async throws -> Value {
        let passes = isAlone ? all : 1
        try await enter(passes, length)
        do {
            let value = try await body()
            await leave(passes)
            return value
        } catch {
            await leave(passes)
            throw error
        }
    }

    private func enter(_ passes: Int, _ length: Duration) async throws {
        counter += 1
        let number = counter
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                waiting.append(Waiting(number: number, passes: passes, length: length, continuation: continuation))
                admit()
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
        while let next = waiting.indices.min(by: { waiting[$0].isBefore(waiting[$1]) }), waiting[next].passes <= free {
            let admitted = waiting.remove(at: next)
            free -= admitted.passes
            admitted.continuation.resume()
        }
    }

    private func giveUp(_ number: Int) {
        guard let index = waiting.firstIndex(where: { $0.number == number }) else { return }
        waiting.remove(at: index).continuation.resume(throwing: CancellationError())
        admit()
    }
}
