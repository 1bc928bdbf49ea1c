import Observability
import Synchronization

extension WorkQueue {
    /// The next key, once there is one; nil when the queue is shut down and empty, or the caller is cancelled. The key
    /// is in work until `finish`.
    package func next() async -> Key? {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        defer { state.withLock { $0.keys.leave(id: id) } }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                take(id, continuation)
            }
        } onCancel: {
            state.withLock { $0.keys.cancel(id: id) }?.resume(returning: nil)
        }
    }

    private func take(_ id: UInt64, _ continuation: Waiter) {
        let now = elapsed()
        switch state.withLock({ $0.keys.next(id: id, now: now, waiter: continuation) }) {
        case .park: break
        case .end: continuation.resume(returning: nil)
        case .key(let key, let waited):
            metrics.waited.observe(waited)
            continuation.resume(returning: key)
        }
    }

    /// Ends the work on a key that `next` gave.
    package func finish(_ key: Key) {
        let now = elapsed()
        let (took, hand) = state.withLock { $0.keys.finish(key, now: now) }
        metrics.worked.observe(took)
        self.hand(hand)
    }

    /// Works on keys until the queue is shut down and empty, or the task is cancelled; returns when every handler has.
    ///
    /// A task is made for each key as it is taken: the queues of a hundred clusters in which nothing happens keep none.
    ///
    /// - Parameter workers: how many keys are worked on at the same time at the most.
    package func run(workers: Int, handler: @escaping @Sendable (Key) async -> Outcome) async {
        let free = FreeWorkers(max(workers, 1))
        await withDiscardingTaskGroup { group in
            group.addTask { await self.runTimer() }
            while true {
                // First a worker, then the key: a key that waits can still be overtaken by one that is urgent.
                await free.take()
                guard let key = await next() else { return }
                group.addTask {
                    self.settle(key, await handler(key))
                    free.give()
                }
            }
        }
    }

    private func settle(_ key: Key, _ outcome: Outcome) {
        switch outcome {
        case .done:
            forget(key)
        case .again(let delay):
            forget(key)
            add(key, after: delay)
        case .retry(let error, let least):
            // Cancellation is the end of the worker, not a fault of the key.
            if error is CancellationError { add(key) } else { addRateLimited(key, notBefore: least) }
        }
        finish(key)
    }
}
