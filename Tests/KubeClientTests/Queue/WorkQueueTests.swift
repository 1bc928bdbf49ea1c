import Lifecycle
import Observability
import Synchronization
import TestSupport
import Testing

@testable import KubeClient

@Suite(.timeLimit(.minutes(1))) struct WorkQueueTests {
    private struct Failure: Error {}

    private let clock = NotedClock()
    private let metrics = MetricsRegistry()

    private func queue<Key>(_: Key.Type = String.self) -> WorkQueue<Key> {
        WorkQueue(
            name: "test",
            backoff: Backoff(base: .milliseconds(5), cap: .seconds(300)),
            clock: clock,
            metrics: metrics
        )
    }

    @Test("A key that was added can be taken and finished; shutting down ends the taking")
    func takeAndFinish() async {
        let queue = queue(String.self)
        queue.add("a")
        #expect(await queue.next() == "a")
        queue.finish("a")
        async let waiting = queue.next()
        queue.shutDown()
        #expect(await waiting == nil)
        #expect(await queue.next() == nil)
    }

    @Test("A failing key waits as long as it was told to, and its backoff where that is longer")
    func leastDelay() async {
        let queue = queue(String.self)
        let attempts = AsyncStream<Int>.makeStream()
        async let running: Void = queue.run(workers: 1) { key in
            let failures = queue.failures(of: key)
            attempts.continuation.yield(failures)
            return failures < 3 ? .retry(Failure(), notBefore: .milliseconds(8)) : .done
        }
        queue.add("a")
        var seen = attempts.stream.makeAsyncIterator()
        #expect(await seen.next() == 0)
        for (failures, delay) in [(1, 8), (2, 10), (3, 20)] {
            await clock.expectSleep(.milliseconds(delay))
            await clock.advance(by: .milliseconds(delay))
            #expect(await seen.next() == failures)
        }
        queue.shutDown()
        await running
    }

    @Test("Waiting for a key ends when it is cancelled, and takes no key with it")
    func cancelledNext() async {
        let queue = queue(String.self)
        let waiting = Task { await queue.next() }
        waiting.cancel()
        #expect(await waiting.value == nil)
        queue.add("a")
        #expect(await queue.next() == "a")
    }

    @Test("A failing key is tried again with a growing delay, and its success forgets the failures")
    func retries() async {
        let queue = queue(String.self)
        let attempts = AsyncStream<Int>.makeStream()
        async let running: Void = queue.run(workers: 1) { key in
            let failures = queue.failures(of: key)
            attempts.continuation.yield(failures)
            return failures < 3 ? .retry(Failure()) : .done
        }
        queue.add("a")
        var seen = attempts.stream.makeAsyncIterator()
        #expect(await seen.next() == 0)
        for (failures, delay) in [(1, 5), (2, 10), (3, 20)] {
            await clock.expectSleep(.milliseconds(delay))
            await clock.advance(by: .milliseconds(delay - 1))
            #expect(queue.failures(of: "a") == failures)
            await clock.advance(by: .milliseconds(1))
            #expect(await seen.next() == failures)
        }
        queue.shutDown()
        await running
        #expect(queue.failures(of: "a") == 0)
        let text = metrics.text()
        #expect(text.contains(#"workqueue_retries_total{name="test"} 3"#))
        #expect(text.contains(#"workqueue_work_duration_seconds_count{name="test"} 4"#))
        #expect(text.contains(#"workqueue_queue_duration_seconds_count{name="test"} 4"#))
        #expect(text.contains(#"workqueue_depth{name="test"} 0"#))
        #expect(text.contains(#"martlet_workqueue_failing{name="test"} 0"#))
    }

    @Test("Work that asks to look again does so after its time, or earlier when the key is added")
    func again() async {
        let queue = queue(String.self)
        let attempts = AsyncStream<Void>.makeStream()
        async let running: Void = queue.run(workers: 1) { _ in
            attempts.continuation.yield()
            return .again(after: .seconds(60))
        }
        var seen = attempts.stream.makeAsyncIterator()
        queue.add("a")
        await seen.next()
        await clock.expectSleep(.seconds(60))
        queue.add("a")
        await seen.next()
        await clock.expectSleep(.seconds(60))
        await clock.advance(by: .seconds(60))
        await seen.next()
        queue.shutDown()
        await running
    }

    @Test("An earlier delay wakes the timer that sleeps for a later one")
    func earlierDelay() async {
        let queue = queue(String.self)
        async let timer: Void = queue.runTimer()
        queue.add("late", after: .seconds(100))
        await clock.expectSleep(.seconds(100))
        queue.add("soon", after: .seconds(1))
        await clock.expectSleep(.seconds(1))
        await clock.advance(by: .seconds(1))
        #expect(await queue.next() == "soon")
        queue.shutDown()
        await timer
    }

    @Test("Cancelling the run ends it, with delays and waiting workers in it")
    func cancelledRun() async {
        let queue = queue(String.self)
        let started = AsyncStream<Void>.makeStream()
        let run = Task {
            await queue.run(workers: 3) { _ in
                started.continuation.yield()
                return .again(after: .seconds(5))
            }
        }
        queue.add("a")
        var seen = started.stream.makeAsyncIterator()
        await seen.next()
        run.cancel()
        await run.value
    }

    @Test("Cancelled work is no failure")
    func cancelledWork() async {
        let queue = queue(String.self)
        let count = Mutex(0)
        async let running: Void = queue.run(workers: 1) { _ in
            guard
                count.withLock({ count in
                    count += 1
                    return count > 1
                })
            else { return .retry(CancellationError()) }
            queue.shutDown()
            return .done
        }
        queue.add("a")
        await running
        #expect(count.withLock { $0 } == 2)
        #expect(queue.failures(of: "a") == 0)
    }

    @Test("What was ready when the queue was shut down is worked on")
    func drains() async {
        let queue = queue(Int.self)
        for key in 0..<20 { queue.add(key) }
        queue.shutDown()
        let done = Mutex<Set<Int>>([])
        await queue.run(workers: 4) { key in
            done.withLock { _ = $0.insert(key) }
            return .done
        }
        #expect(done.withLock { $0.count } == 20)
    }

    /// Who works on what, as the workers see it.
    private final class Ledger: Sendable {
        struct State {
            var inWork: Set<Int> = []
            var overlaps = 0
            var asked: [Int: Int] = [:]
            var seen: [Int: Int] = [:]
        }

        private let state = Mutex(State())

        var now: State { state.withLock { $0 } }

        func ask(_ key: Int) {
            state.withLock { $0.asked[key, default: 0] += 1 }
        }

        func begin(_ key: Int) -> Int {
            state.withLock { state in
                if !state.inWork.insert(key).inserted { state.overlaps += 1 }
                return state.asked[key, default: 0]
            }
        }

        func end(_ key: Int, seen: Int) {
            state.withLock { state in
                state.seen[key] = seen
                state.inWork.remove(key)
            }
        }
    }

    @Test("Under many adders and workers no key is ever in work twice, and none is left behind")
    func invariants() async {
        let (queue, ledger) = (queue(Int.self), Ledger())
        async let running: Void = queue.run(workers: 8) { key in
            let asked = ledger.begin(key)
            await Task.yield()
            ledger.end(key, seen: asked)
            return .done
        }
        await withTaskGroup(of: Void.self) { group in
            for adder in 0..<4 {
                group.addTask {
                    for step in 0..<1000 {
                        let key = (step * 7 + adder) % 13
                        ledger.ask(key)
                        queue.add(key)
                        if step % 16 == 0 { await Task.yield() }
                    }
                }
            }
        }
        queue.shutDown()
        await running
        #expect(ledger.now.overlaps == 0)
        #expect(ledger.now.seen == ledger.now.asked)
    }

    @Test("An alarm that rang before anybody waited wakes the next waiter, once")
    func alarm() async {
        let alarm = Alarm()
        alarm.ring()
        alarm.ring()
        await alarm.wait()
        let waiting = Task { await alarm.wait() }
        alarm.ring()
        await waiting.value
        let cancelled = Task { await alarm.wait() }
        cancelled.cancel()
        await cancelled.value
    }
}
