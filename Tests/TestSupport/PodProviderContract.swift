package import KubeModel
package import Providers
import Synchronization

/// What every ``PodProvider`` must do, as checks that a test runs against one of them: against ``Simulated`` in the
/// fast suite and against a remote cluster in the end-to-end suite.
package struct PodProviderContract: Sendable {
    private let provider: any PodProvider
    private let changes: ChangeLog
    private let makePod: @Sendable (_ name: String) async throws -> Pod

    /// A rule that the provider broke.
    package struct Violation: Error, CustomStringConvertible {
        package let description: String
    }

    /// - Parameter makePod: a pod of the origin with this name that is ready to be brought to life and then runs.
    package init(_ provider: any PodProvider, makePod: @escaping @Sendable (_ name: String) async throws -> Pod) {
        self.provider = provider
        self.makePod = makePod
        changes = ChangeLog()
        provider.onChange { [changes] uid in changes.note(uid) }
    }

    /// Checks all rules, with the provider running meanwhile.
    package func check() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await provider.run() }
            try await provider.waitUntilSynced()
            try await checkLife()
            try await checkIdentity()
            group.cancelAll()
        }
    }

    /// Made once, runs, is told of, ends with the grace, is proved absent, is remembered until it is forgotten.
    private func checkLife() async throws {
        let pod = try await makePod("contract-life")
        try expect(provider.instance(for: pod.uid) == nil, "an instance before it was made")
        try expect(
            try await provider.liveInstance(for: pod.uid, key: pod.key) == nil,
            "a live instance before it was made"
        )
        _ = try await provider.create(pod)
        _ = try await provider.create(pod)
        let running = try await instance(of: pod) { $0.phase == .running }
        try expect(provider.instances.filter { $0.podUID == pod.uid }.count == 1, "not exactly one instance")
        try expect(running.podKey == pod.key, "the instance names another pod")
        try expect(running.fingerprint == pod.fingerprint, "the instance does not carry the pod's fingerprint")
        try expect(running.hasRun, "a running instance has not run")
        let live = try await provider.liveInstance(for: pod.uid, key: pod.key)
        try expect(live?.instanceUID == running.instanceUID, "the live instance is another one")
        try expect(try await !provider.withdraw(running), "what runs was withdrawn")
        try await provider.delete(running, gracePeriodSeconds: 1)
        try await changes.until { provider.instance(for: pod.uid) == nil }
        try expect(try await provider.liveInstance(for: pod.uid, key: pod.key) == nil, "alive after its end")
        try expect(provider.departed(pod.uid)?.instanceUID == running.instanceUID, "its last state is not remembered")
        try await provider.delete(running, gracePeriodSeconds: 1)
        provider.forget(pod.uid)
        try expect(provider.departed(pod.uid) == nil, "remembered after it was forgotten")
    }

    /// A later instance of the same pod is another one, and a word to the earlier does not reach it.
    private func checkIdentity() async throws {
        let pod = try await makePod("contract-identity")
        _ = try await provider.create(pod)
        let first = try await instance(of: pod) { $0.phase == .running }
        try await provider.delete(first, gracePeriodSeconds: 0)
        try await changes.until { provider.instance(for: pod.uid) == nil }
        _ = try await provider.create(pod)
        let second = try await instance(of: pod) { $0.phase == .running }
        try expect(second.instanceUID != first.instanceUID, "two instances with one identity")
        try expect(provider.departed(pod.uid) == nil, "the earlier instance hides the one that runs")
        try await provider.delete(first, gracePeriodSeconds: 0)
        let live = try await provider.liveInstance(for: pod.uid, key: pod.key)
        try expect(live?.isTerminating == false, "the end of the first reached the second")
        try await provider.delete(second, gracePeriodSeconds: 0)
        try await changes.until { provider.instance(for: pod.uid) == nil }
    }

    private func instance(of pod: Pod, where condition: @Sendable (PodInstance) -> Bool) async throws -> PodInstance {
        try await changes.until { provider.instance(for: pod.uid).map(condition) ?? false }
        guard let instance = provider.instance(for: pod.uid) else { throw Violation(description: "the instance went") }
        return instance
    }

    private func expect(_ condition: Bool, _ violation: String) throws {
        guard condition else { throw Violation(description: violation) }
    }
}

/// Lets a test wait for a condition that changes announce: no clock, no polling.
package final class ChangeLog: Sendable {
    private let waiters = Mutex<[Int: CheckedContinuation<Void, Never>]>([:])
    private let counter = Atomic<Int>(0)

    package init() {}

    /// Something changed.
    package func note(_: UID) {
        let due = waiters.withLock { waiters in
            defer { waiters.removeAll() }
            return waiters.values.map { $0 }
        }
        for waiter in due { waiter.resume() }
    }

    /// Returns when the condition holds; it is looked at after each change.
    ///
    /// - Throws: `CancellationError` when the test's time is up.
    package func until(_ condition: @Sendable () -> Bool) async throws {
        while !condition() {
            let number = counter.add(1, ordering: .relaxed).newValue
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    waiters.withLock { $0[number] = continuation }
                    // A change between the look and the registration would be missed otherwise.
                    if Task.isCancelled || condition() { wake(number) }
                }
            } onCancel: {
                wake(number)
            }
            try Task.checkCancellation()
        }
    }

    private func wake(_ number: Int) {
        waiters.withLock { $0.removeValue(forKey: number) }?.resume()
    }
}
