extension WorkQueueState {
    /// Asks for work on a key. Nothing happens once the queue is shut down.
    mutating func add(_ key: Key, now: Duration) -> Hand? {
        guard !isShutDown else { return nil }
        delayed.remove(key)
        guard dirty.insert(key).inserted, startedAt[key] == nil else { return nil }
        return makeReady(key, now: now)
    }

    /// The next ready key: urgent ones first, but not for ever.
    private mutating func popReady() -> Key? {
        if overtaken < Self.lead || ready.isEmpty, let key = urgent.popFirst() {
            overtaken = ready.isEmpty ? 0 : overtaken + 1
            return key
        }
        overtaken = 0
        return ready.popFirst()
    }

    /// Asks for work on a key at a later time, or at once if that has come.
    mutating func add(_ key: Key, deadline: Duration, now: Duration) -> Hand? {
        guard deadline > now else { return add(key, now: now) }
        guard !isShutDown, !dirty.contains(key) else { return nil }
        delayed.insert(key, deadline: deadline)
        return nil
    }

    /// Readies the keys whose time has come.
    mutating func ripen(now: Duration) -> [Hand] {
        var hands: [Hand] = []
        while let key = delayed.popDue(now: now) {
            if let hand = add(key, now: now) { hands.append(hand) }
        }
        return hands
    }

    /// Counts one more failure of a key; how many there were in a row.
    mutating func fail(_ key: Key) -> Int {
        failures[key, default: 0] += 1
        return failures[key, default: 0]
    }

    mutating func forget(_ key: Key) {
        failures[key] = nil
    }

    /// What a caller that asks for a key gets.
    enum Next {
        case key(Key, waited: Duration)
        /// There will be no more.
        case end
        case park
    }

    /// The next key, which is in work from now on, or a place in the line for it.
    mutating func next(id: UInt64, now: Duration, waiter: Waiter) -> Next {
        if cancelledWaiters.remove(id) != nil { return .end }
        if let key = popReady() { return .key(key, waited: start(key, now: now)) }
        if isShutDown { return .end }
        waiters.append(Parked(id: id, waiter: waiter))
        return .park
    }

    /// Gives up a place in the line. If the caller has not parked yet, it is remembered until it does.
    mutating func cancel(id: UInt64) -> Waiter? {
        if let parked = waiters.removeFirst(where: { $0.id == id }) { return parked.waiter }
        cancelledWaiters.insert(id)
        return nil
    }

    /// The caller with this id has come back: nothing of it is to be remembered.
    mutating func leave(id: UInt64) {
        cancelledWaiters.remove(id)
    }

    /// Ends the work on a key; how long it took. A key that was not in work is a fault of the caller.
    mutating func finish(_ key: Key, now: Duration) -> (took: Duration, hand: Hand?) {
        guard let started = startedAt.removeValue(forKey: key) else {
            preconditionFailure("a key was finished that was not in work")
        }
        guard dirty.contains(key) else { return (now - started, nil) }
        return (now - started, makeReady(key, now: now))
    }

    /// Takes no more keys and drops those that are delayed; those that are ready are still worked on. The waiters,
    /// who get nothing any more.
    mutating func shutDown() -> [Waiter] {
        isShutDown = true
        delayed.removeAll()
        var released: [Waiter] = []
        while let parked = waiters.popFirst() { released.append(parked.waiter) }
        return released
    }

    private mutating func makeReady(_ key: Key, now: Duration) -> Hand? {
        readyAt[key] = now
        guard let parked = waiters.popFirst() else {
            if isUrgent(key) { urgent.append(key) } else { ready.append(key) }
            return nil
        }
        _ = start(key, now: now)
        return Hand(waiter: parked.waiter, key: key)
    }

    private mutating func start(_ key: Key, now: Duration) -> Duration {
        dirty.remove(key)
        startedAt[key] = now
        return now - (readyAt.removeValue(forKey: key) ?? now)
    }
}
