import Synchronization

extension WorkQueue {
    /// Readies delayed keys when their time comes. Returns when the queue is shut down or the task is cancelled.
    package func runTimer() async {
        while !Task.isCancelled {
            let now = elapsed()
            let (hands, deadline, isShutDown) = state.withLock { state in
                (state.keys.ripen(now: now), state.keys.nextDeadline, state.keys.isShutDown)
            }
            hands.forEach(hand)
            guard !isShutDown else { return }
            await wait(deadline.map { $0 - now })
        }
    }

    /// Until the time has passed or the alarm rings.
    private func wait(_ duration: Duration?) async {
        guard let duration else { return await alarm.wait() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [clock] in
                // Cancelled means that the alarm rang, or that the queue's task ends.
                try? await clock.sleep(for: duration)
            }
            group.addTask { [alarm] in await alarm.wait() }
            await group.next()
            group.cancelAll()
        }
    }
}
