/// The decisions of a `ServiceGroup`: events in, actions out, nothing else.
struct ServiceGroupPlan {
    struct Member {
        let name: String
        let mayEnd: Bool
    }

    enum Event: Sendable {
        /// The services after this one may start, or will never be allowed to.
        case ready(Int, Result<Void, any Error>)
        case ended(Int, Result<Void, any Error>)
        case stopRequested
        case gracePeriodOver
        case aborted
    }

    enum Action: Equatable {
        case start(Int)
        case stop(Int)
        case startGracePeriod
        /// Cancels services, waits and timers alike.
        case cancelAll
    }

    private enum Phase {
        /// All up to and including this index have been started.
        case starting(Int)
        case running
        /// This one has been asked to stop and has not ended.
        case stopping(Int)
        case cancelled
        case finished
    }

    private let members: [Member]
    private var live: Set<Int> = []
    private var phase = Phase.running
    private(set) var failure: ServiceGroupError?

    init(members: [Member]) {
        self.members = members
    }

    mutating func begin() -> [Action] {
        members.isEmpty ? finish() : start(0)
    }

    mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .ready(let index, let result): ready(index, result)
        case .ended(let index, let result): ended(index, result)
        case .stopRequested: beginStop()
        case .gracePeriodOver: cancel(.stopTimedOut)
        case .aborted: cancel(.aborted)
        }
    }

    /// The task of the group was cancelled, and with it all services: from now on no end is an early one.
    mutating func noteCancellation() {
        if case .finished = phase { return }
        phase = .cancelled
    }

    private mutating func start(_ index: Int) -> [Action] {
        phase = .starting(index)
        live.insert(index)
        return [.start(index)]
    }

    private mutating func ready(_ index: Int, _ result: Result<Void, any Error>) -> [Action] {
        guard case .starting(index) = phase else { return [] }
        if case .failure(let error) = result {
            fail(.failed, index, error)
            return beginStop()
        }
        guard index + 1 < members.count else {
            phase = .running
            return live.isEmpty ? finish() : []
        }
        return start(index + 1)
    }

    private mutating func ended(_ index: Int, _ result: Result<Void, any Error>) -> [Action] {
        live.remove(index)
        switch phase {
        case .starting, .running: return endedUnasked(index, result)
        case .stopping(let current):
            noteFailure(index, result)
            return index == current ? stopNext() : []
        case .cancelled:
            noteFailure(index, result)
            return live.isEmpty ? finish() : []
        case .finished: return []
        }
    }

    private mutating func endedUnasked(_ index: Int, _ result: Result<Void, any Error>) -> [Action] {
        switch result {
        case .failure(let error):
            fail(.failed, index, error)
            return beginStop()
        case .success where members[index].mayEnd:
            // While starting, the next service is still to come.
            if case .running = phase, live.isEmpty { return finish() }
            return []
        case .success:
            fail(.endedEarly, index, nil)
            return beginStop()
        }
    }

    private mutating func beginStop() -> [Action] {
        switch phase {
        case .starting, .running: [.startGracePeriod] + stopNext()
        case .stopping, .cancelled, .finished: []
        }
    }

    private mutating func stopNext() -> [Action] {
        guard let last = live.max() else { return finish() }
        phase = .stopping(last)
        return [.stop(last)]
    }

    private mutating func cancel(_ code: ServiceGroupError.Code) -> [Action] {
        switch phase {
        case .starting, .running, .stopping:
            let names = live.sorted().map { members[$0].name }
            failure = failure ?? ServiceGroupError(code: code, services: names)
            phase = .cancelled
            return [.cancelAll]
        case .cancelled, .finished:
            return []
        }
    }

    private mutating func finish() -> [Action] {
        phase = .finished
        return [.cancelAll]
    }

    /// A service that ends after it was told to has only failed if it threw something else than its cancellation.
    private mutating func noteFailure(_ index: Int, _ result: Result<Void, any Error>) {
        guard case .failure(let error) = result, !(error is CancellationError) else { return }
        fail(.failed, index, error)
    }

    /// The first failure is the one that is reported: those after it are mostly its consequences.
    private mutating func fail(_ code: ServiceGroupError.Code, _ index: Int, _ error: (any Error)?) {
        failure = failure ?? ServiceGroupError(code: code, services: [members[index].name], underlying: error)
    }
}
