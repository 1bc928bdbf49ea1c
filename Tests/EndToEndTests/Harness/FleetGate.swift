/// Lets in as many fleets as there are passes for. Of those who wait, and for whom there are passes just now, the one
/// that takes longest is next, so that the long ones seldom come last; of equals the one that came first. Who must be alone
/// is in after all the others: before that some passes would lie idle until the last one is free.
actor FleetGate {
    /// A pass is for two clusters, of which each takes about half a gigabyte. Two fleets of four at a time leave some of two
    /// processors idle; three leave nothing and are hardly quicker.
    static let shared = FleetGate(passes: 4)

    /// While it starts a fleet takes both processors, so that one does at a time.
    static let starts = FleetGate(passes: 1)

    /// Somebody who waits for passes.
    private struct Waiting {
        let number: Int
        let passes: Int
        let length: Duration
        let continuation: CheckedContinuation<Void, any Error>

        /// By greater length, by who came first.
        func isBefore(_ other: Waiting) -> Bool {
            (other.length, number) < (length, other.number)
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
    ///   - passes: how many are needed, if not all.
    ///   - length: about how long the body takes.
    /// - Throws: `CancellationError`; what the body throws.
    nonisolated func withPass<Value>(
        isAlone: Bool = false,
        passes: Int = 1,
        lasting length: Duration = .zero,
        _ body: () async throws -> Value
    ) async throws -> Value {
        let passes = isAlone ? all : min(passes, all)
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
        while let next {
            free -= next.passes
            waiting.removeAll { $0.number == next.number }
            next.continuation.resume()
        }
    }

    /// Whose turn it is, if anybody's.
    private var next: Waiting? {
        let others = waiting.filter { $0.passes < all }
        return (others.isEmpty ? waiting : others).filter { $0.passes <= free }.min { $0.isBefore($1) }
    }

    private func giveUp(_ number: Int) {
        guard let index = waiting.firstIndex(where: { $0.number == number }) else { return }
        waiting.remove(at: index).continuation.resume(throwing: CancellationError())
        admit()
    }
}
