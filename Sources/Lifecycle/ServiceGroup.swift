/// Services that live together: started in order, stopped in the reverse order, and all of them when one fails.
///
/// A service starts when `ready` of the one before it has returned. On `stop` (or the failure of a member) the last
/// service is asked to stop through its `ShutdownSignal.current`, then, when it has ended, the one before it, and so on.
/// When the whole of that takes longer than `gracePeriod`, or `abort` is triggered, what still runs is cancelled.
package struct ServiceGroup: Service {
    /// A service with its name and its place in the group's life.
    package struct Member: Sendable {
        let name: String
        let service: any Service
        let mayEnd: Bool
        let ready: (@Sendable () async throws -> Void)?

        /// - Parameters:
        ///   - name: for errors and logs.
        ///   - service: what to run.
        ///   - mayEnd: true for a job whose end is no reason to stop the group.
        ///   - ready: returns when the services after this one may start, honours cancellation; a failure stops the
        ///     group. Without it the next service starts at once.
        package init(
            _ name: String,
            _ service: any Service,
            mayEnd: Bool = false,
            ready: (@Sendable () async throws -> Void)? = nil
        ) {
            self.name = name
            self.service = service
            self.mayEnd = mayEnd
            self.ready = ready
        }
    }

    private let members: [Member]
    private let stop: ShutdownSignal?
    private let abort: ShutdownSignal
    private let gracePeriod: Duration
    private let clock: any Clock<Duration>

    /// - Parameters:
    ///   - members: in the order of their start.
    ///   - stop: asks for the graceful stop; by default the signal of the service that runs this group.
    ///   - abort: asks for the stop at once.
    ///   - gracePeriod: the bound of the whole graceful stop.
    package init(
        _ members: [Member],
        stop: ShutdownSignal? = nil,
        abort: ShutdownSignal = .never,
        gracePeriod: Duration,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.members = members
        self.stop = stop
        self.abort = abort
        self.gracePeriod = gracePeriod
        self.clock = clock
    }

    /// Runs all services until all have ended.
    ///
    /// - Throws: `ServiceGroupError` for the first thing that went wrong; `CancellationError` when cancelled.
    package func run() async throws {
        let signals = members.map { _ in ShutdownSignal() }
        let plan = ServiceGroupPlan(members: members.map { .init(name: $0.name, mayEnd: $0.mayEnd) })
        let failure = await withTaskGroup(of: ServiceGroupPlan.Event?.self) { group in
            watch(stop ?? .current, as: .stopRequested, in: &group)
            watch(abort, as: .aborted, in: &group)
            var plan = plan
            perform(plan.begin(), in: &group, signals: signals)
            while let event = await group.next() {
                // A cancelled group must not take the ends that its cancellation causes for failures.
                if Task.isCancelled { plan.noteCancellation() }
                if let event { perform(plan.handle(event), in: &group, signals: signals) }
            }
            return plan.failure
        }
        if let failure { throw failure }
        try Task.checkCancellation()
    }
}

extension ServiceGroup {
    private typealias Tasks = TaskGroup<ServiceGroupPlan.Event?>

    private func watch(_ signal: ShutdownSignal, as event: ServiceGroupPlan.Event, in group: inout Tasks) {
        group.addTask {
            await signal.wait()
            return signal.isTriggered ? event : nil
        }
    }

    private func perform(_ actions: [ServiceGroupPlan.Action], in group: inout Tasks, signals: [ShutdownSignal]) {
        for action in actions {
            switch action {
            case .start(let index): start(index, in: &group, signal: signals[index])
            case .stop(let index): signals[index].trigger()
            case .startGracePeriod: startGracePeriod(in: &group)
            case .cancelAll: group.cancelAll()
            }
        }
    }

    private func start(_ index: Int, in group: inout Tasks, signal: ShutdownSignal) {
        let member = members[index]
        group.addTask {
            let result = await outcome {
                try await ShutdownSignal.$current.withValue(signal) { try await member.service.run() }
            }
            return .ended(index, result)
        }
        group.addTask {
            guard let ready = member.ready else { return .ready(index, .success(())) }
            return .ready(index, await outcome(ready))
        }
    }

    private func startGracePeriod(in group: inout Tasks) {
        group.addTask {
            do {
                try await clock.sleep(for: gracePeriod)
                return .gracePeriodOver
            } catch {
                // Everything stopped in time.
                return nil
            }
        }
    }
}

private func outcome(_ body: () async throws -> Void) async -> Result<Void, any Error> {
    do {
        return .success(try await body())
    } catch {
        return .failure(error)
    }
}
