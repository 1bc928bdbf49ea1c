import Dispatch
import Synchronization

/// Something that happens once, on a server's thread or in a task, and is waited for in the other kind.
final class Event<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func happen(_ value: Value) {
        continuation.yield(value)
    }

    /// Nil if the waiting task is cancelled.
    func wait() async -> Value? {
        await stream.first { _ in true }
    }
}

extension Event where Value == Void {
    func happen() {
        happen(())
    }
}

/// Whether something has happened, for those who look again and again.
final class Flag: Sendable {
    private let mark = Atomic(false)

    var isSet: Bool { mark.load(ordering: .acquiring) }

    func set() { mark.store(true, ordering: .releasing) }
}

/// How often something has happened, for those who look again and again.
final class Tally: Sendable {
    private let number = Atomic(0)

    var count: Int { number.load(ordering: .acquiring) }

    func add() { number.add(1, ordering: .releasing) }
}

/// Holds a server's thread until a test lets it go on.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() {
        semaphore.signal()
    }

    func wait() {
        semaphore.wait()
    }
}
