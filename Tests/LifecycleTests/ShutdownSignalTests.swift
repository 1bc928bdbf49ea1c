import Lifecycle
import Testing

@Suite(.timeLimit(.minutes(1))) struct ShutdownSignalTests {
    @Test("A trigger wakes every waiter")
    func wakesAll() async {
        let signal = ShutdownSignal()
        await withTaskGroup { group in
            for _ in 0..<10 {
                group.addTask { await signal.wait() }
            }
            signal.trigger()
        }
        #expect(signal.isTriggered)
        #expect(signal.waiterCount == 0)
    }

    @Test("Waiting for a signal that was triggered before returns at once, and triggering twice is harmless")
    func alreadyTriggered() async {
        let signal = ShutdownSignal()
        #expect(!signal.isTriggered)
        signal.trigger()
        signal.trigger()
        await signal.wait()
        #expect(signal.isTriggered)
    }

    @Test("A cancelled waiter returns and the signal stays untriggered")
    func cancelledWaiter() async {
        let signal = ShutdownSignal()
        let task = Task { await signal.wait() }
        while signal.waiterCount == 0 { await Task.yield() }
        task.cancel()
        await task.value
        #expect(!signal.isTriggered)
        #expect(signal.waiterCount == 0)
    }

    @Test("A waiter that was cancelled before it parked returns")
    func cancelledBefore() async {
        let signal = ShutdownSignal()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            await signal.wait()
        }
        await task.value
        #expect(signal.waiterCount == 0)
    }

    @Test("Triggers and cancellations that race lose no waiter")
    func race() async {
        for _ in 0..<200 {
            let signal = ShutdownSignal()
            await withTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask { await signal.wait() }
                }
                group.addTask { signal.trigger() }
                group.cancelAll()
            }
            #expect(signal.waiterCount == 0)
        }
    }
}
