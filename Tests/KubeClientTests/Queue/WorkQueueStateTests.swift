import Testing

@testable import KubeClient

/// The rules of the queue, told step by step. Waiters are numbers.
@Suite struct WorkQueueStateTests {
    typealias State = WorkQueueState<String, Int>

    private func take(_ state: inout State, id: UInt64 = 1, now: Duration = .zero) -> String? {
        if case .key(let key, _) = state.next(id: id, now: now, waiter: Int(id)) { return key }
        return nil
    }

    @Test("Keys come in the order in which they were added, each once")
    func order() {
        var state = State()
        for key in ["a", "b", "a", "c", "b"] { #expect(state.add(key, now: .zero)?.key == nil) }
        #expect(state.depth == 3)
        #expect([take(&state), take(&state), take(&state)] == ["a", "b", "c"])
        #expect(state.depth == 0)
    }

    @Test("A key says how long it waits: not at all when it is ready or in work, not known when nobody asked for it")
    func wait() {
        var state = State()
        #expect(state.wait(for: "a", now: .zero) == nil)
        _ = state.add("a", deadline: .seconds(10), now: .zero)
        #expect(state.wait(for: "a", now: .seconds(4)) == .seconds(6))
        #expect(state.wait(for: "a", now: .seconds(11)) == .zero)
        _ = state.add("a", now: .seconds(4))
        #expect(state.wait(for: "a", now: .seconds(4)) == .zero)
        #expect(take(&state) == "a")
        #expect(state.wait(for: "a", now: .seconds(4)) == .zero)
        _ = state.finish("a", now: .seconds(5))
        #expect(state.wait(for: "a", now: .seconds(5)) == nil)
    }

    @Test("A key in work is not handed out again before it is finished, and then once")
    func dirtyWhileInWork() {
        var state = State()
        _ = state.add("a", now: .zero)
        #expect(take(&state) == "a")
        _ = state.add("a", now: .zero)
        _ = state.add("a", now: .zero)
        #expect(state.depth == 0)
        #expect(state.isInWork("a"))
        let (took, hand) = state.finish("a", now: .seconds(3))
        #expect(took == .seconds(3))
        #expect(hand?.key == nil)
        #expect(state.depth == 1)
        #expect(take(&state) == "a")
        _ = state.finish("a", now: .zero)
        #expect(state.isIdle)
    }

    @Test("A waiter gets a key as soon as there is one, the first waiter first")
    func waiters() {
        var state = State()
        #expect(take(&state, id: 1) == nil)
        #expect(take(&state, id: 2) == nil)
        let first = state.add("a", now: .zero)
        #expect(first?.waiter == 1)
        #expect(first?.key == "a")
        #expect(state.isInWork("a"))
        _ = state.add("a", now: .zero)
        let second = state.finish("a", now: .zero).hand
        #expect(second?.waiter == 2)
        #expect(second?.key == "a")
    }

    @Test("A cancelled waiter gets nothing, whether it had parked or not")
    func cancelledWaiters() {
        var state = State()
        #expect(take(&state, id: 1) == nil)
        #expect(state.cancel(id: 1) == 1)
        #expect(state.add("a", now: .zero)?.key == nil)
        #expect(state.cancel(id: 2) == nil)
        guard case .end = state.next(id: 2, now: .zero, waiter: 2) else {
            Issue.record("the cancelled waiter got something")
            return
        }
        #expect(take(&state, id: 3) == "a")
    }

    @Test("A delayed key is ready when its time has come, not before")
    func delayed() {
        var state = State()
        _ = state.add("a", deadline: .seconds(5), now: .zero)
        #expect(state.nextDeadline == .seconds(5))
        _ = state.ripen(now: .seconds(4))
        #expect(state.depth == 0)
        _ = state.ripen(now: .seconds(5))
        #expect(state.depth == 1)
        #expect(state.nextDeadline == nil)
    }

    @Test("Of two delays the earlier counts, in either order", arguments: [[3, 8], [8, 3]])
    func earlierDelay(seconds: [Int]) {
        var state = State()
        for second in seconds { _ = state.add("a", deadline: .seconds(second), now: .zero) }
        #expect(state.nextDeadline == .seconds(3))
        _ = state.ripen(now: .seconds(3))
        #expect(take(&state) == "a")
        _ = state.finish("a", now: .seconds(3))
        _ = state.ripen(now: .seconds(9))
        #expect(state.isIdle)
    }

    @Test("Adding now takes back a delay, and a delay for a key that is to be worked on anyway is none")
    func delayAndNow() {
        var state = State()
        _ = state.add("a", deadline: .seconds(5), now: .zero)
        _ = state.add("a", now: .zero)
        #expect(state.delayedCount == 0)
        _ = state.add("a", deadline: .seconds(5), now: .zero)
        #expect(state.delayedCount == 0)
        #expect(take(&state) == "a")
        _ = state.add("a", deadline: .seconds(5), now: .zero)
        #expect(state.delayedCount == 1)
        _ = state.add("a", deadline: .seconds(-1), now: .zero)
        #expect(state.delayedCount == 0)
        _ = state.finish("a", now: .zero)
        #expect(state.depth == 1)
    }

    @Test("A key whose delay ends while it is in work is worked on again afterwards")
    func ripeWhileInWork() {
        var state = State()
        _ = state.add("a", now: .zero)
        #expect(take(&state) == "a")
        _ = state.add("a", deadline: .seconds(1), now: .zero)
        _ = state.ripen(now: .seconds(2))
        #expect(state.depth == 0)
        _ = state.finish("a", now: .seconds(3))
        #expect(state.depth == 1)
    }

    @Test("Failures are counted per key until they are forgotten")
    func failures() {
        var state = State()
        #expect([state.fail("a"), state.fail("a"), state.fail("b"), state.fail("a")] == [1, 2, 1, 3])
        #expect(state.failingCount == 2)
        state.forget("a")
        #expect(state.fail("a") == 1)
    }

    @Test("A queue that shuts down takes nothing, drops delays, frees waiters and hands out what is ready")
    func shutDown() {
        var state = State()
        #expect(take(&state, id: 7) == nil)
        #expect(state.shutDown() == [7])
        state = State()
        _ = state.add("a", now: .zero)
        _ = state.add("b", now: .zero)
        _ = state.add("late", deadline: .seconds(1), now: .zero)
        #expect(take(&state) == "a")
        _ = state.add("a", now: .zero)
        #expect(state.shutDown().isEmpty)
        _ = state.add("c", now: .zero)
        _ = state.add("c", deadline: .seconds(1), now: .zero)
        #expect(state.depth == 1)
        #expect(state.delayedCount == 0)
        #expect(take(&state) == "b")
        _ = state.finish("a", now: .zero)
        #expect(take(&state) == "a")
        guard case .end = state.next(id: 1, now: .zero, waiter: 1) else {
            Issue.record("a queue that is shut down and empty has no end")
            return
        }
    }

    @Test("Times of waiting and of work are told")
    func times() {
        var state = State()
        _ = state.add("a", now: .seconds(1))
        guard case .key("a", let waited) = state.next(id: 1, now: .seconds(4), waiter: 1) else {
            Issue.record("no key")
            return
        }
        #expect(waited == .seconds(3))
        _ = state.add("b", now: .seconds(4))
        _ = take(&state, now: .seconds(5))
        #expect(state.unfinished(now: .seconds(6)).sum == .seconds(3))
        #expect(state.unfinished(now: .seconds(6)).longest == .seconds(2))
    }

    @Test("Urgent keys go first, and the others do not wait for ever")
    func urgent() {
        var state = State(isUrgent: { $0.hasPrefix("u") })
        for key in ["a", "b"] + (1...6).map({ "u\($0)" }) { _ = state.add(key, now: .zero) }
        #expect(state.depth == 8)
        #expect((1...8).map { _ in take(&state) } == ["u1", "u2", "u3", "u4", "a", "u5", "u6", "b"])
        #expect(state.depth == 0)
        for key in (1...6).map({ "u\($0)" }) + ["c"] { _ = state.add("\(key)-again", now: .zero) }
        #expect((1...5).map { _ in take(&state) }.last == "c-again")
    }
}

@Suite struct DelayedKeysTests {
    @Test("Keys come by their deadlines, whatever was removed or brought forward")
    func heap() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var keys = DelayedKeys<Int>()
            var expected: [Int: Duration] = [:]
            for _ in 0..<300 {
                let key = Int.random(in: 0..<40, using: &random)
                if Int.random(in: 0..<4, using: &random) == 0 {
                    keys.remove(key)
                    expected[key] = nil
                } else {
                    let deadline = Duration.seconds(Int.random(in: 0..<1000, using: &random))
                    keys.insert(key, deadline: deadline)
                    expected[key] = min(expected[key] ?? deadline, deadline)
                }
            }
            #expect(keys.count == expected.count)
            var popped: [(Int, Duration)] = []
            for now in 0..<1000 {
                while let key = keys.popDue(now: .seconds(now)) { popped.append((key, .seconds(now))) }
            }
            #expect(Dictionary(uniqueKeysWithValues: popped) == expected)
            #expect(keys.earliest == nil)
        }
    }

    @Test("Keys of one deadline come in the order in which they were delayed")
    func ties() {
        var keys = DelayedKeys<Int>()
        for key in 0..<10 { keys.insert(key, deadline: .seconds(1)) }
        var popped: [Int] = []
        while let key = keys.popDue(now: .seconds(1)) { popped.append(key) }
        #expect(popped == Array(0..<10))
    }
}

@Suite struct FIFOTests {
    @Test("What goes in comes out in order, across its moves of storage")
    func order() {
        var queue = FIFO<Int>()
        var (next, expected) = (0, 0)
        for round in 0..<200 {
            for _ in 0..<(round % 7) {
                queue.append(next)
                next += 1
            }
            for _ in 0..<(round % 5) {
                guard let value = queue.popFirst() else { continue }
                #expect(value == expected)
                expected += 1
            }
            #expect(queue.count == next - expected)
        }
        #expect(queue.removeFirst { $0 == expected + 1 } == expected + 1)
        #expect(queue.removeFirst { $0 == -1 } == nil)
        #expect(queue.popFirst() == expected)
        #expect(queue.popFirst() == expected + 2)
    }
}
