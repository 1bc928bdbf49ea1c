/// Looks again and again for a condition that nothing tells us about, for a bounded time.
struct Patience: Sendable {
    let bound: Duration
    /// The pause between two looks.
    var pause: Duration = .milliseconds(100)

    /// Waits until the condition holds: at the first look if it holds already.
    ///
    /// - Returns: false when the bound has passed or the caller was cancelled.
    func waits(for condition: () async -> Bool) async -> Bool {
        // Throws for a cancelled caller only, for whom the answer is the same.
        let answer: Bool? = try? await value { () -> Bool? in await condition() ? true : nil }
        return answer ?? false
    }

    /// Waits until there is a value.
    ///
    /// - Returns: nil when the bound has passed.
    /// - Throws: what `look` throws, at once; `CancellationError`.
    func value<Value>(of look: () async throws -> Value?) async throws -> Value? {
        let clock = ContinuousClock()
        let end = clock.now + bound
        while true {
            if let value = try await look() { return value }
            guard clock.now < end else { return nil }
            try await clock.sleep(for: pause)
        }
    }
}
