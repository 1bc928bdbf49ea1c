import Synchronization

/// A number that only grows: events, bytes, seconds spent.
package final class Counter: Sendable {
    private let state = Mutex(0.0)

    init() {}

    /// Adds an amount that is not negative.
    package func increment(by amount: Double = 1) {
        precondition(amount >= 0, "a counter does not go back")
        state.withLock { $0 += amount }
    }

    /// Adds an amount that is not negative.
    package func increment(by amount: Int) {
        increment(by: Double(amount))
    }

    /// The sum so far.
    package var value: Double {
        state.withLock { $0 }
    }
}

/// A number that goes up and down: depth of a queue, open streams, 1 or 0 for up or down.
package final class Gauge: Sendable {
    private let state = Mutex(0.0)

    init() {}

    /// Replaces the value.
    package func set(_ value: Double) {
        state.withLock { $0 = value }
    }

    /// Adds an amount, which may be negative.
    package func add(_ amount: Double) {
        state.withLock { $0 += amount }
    }

    /// The value now.
    package var value: Double {
        state.withLock { $0 }
    }
}
