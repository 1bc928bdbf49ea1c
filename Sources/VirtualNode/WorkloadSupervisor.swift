internal import KubeModel
internal import Lifecycle
internal import Observability

/// Keeps the work of one cluster going: it runs while the Node is ours, and is started again, with backoff, when it
/// fails. The error stands in the node's Ready condition meanwhile; no other cluster notices.
struct WorkloadSupervisor: Service {
    let state: VirtualNodeState
    let backoff: Backoff
    let clock: any Clock<Duration>
    let logger: Logger
    let restarts: Counter
    /// Runs until it fails or is cancelled, and sets the state to starting once it is under way, and to synced when all
    /// pods are known.
    let work: @Sendable () async throws -> Void

    func run() async throws {
        var failures = 0
        while true {
            _ = try await state.waitUntilRegistered()
            do {
                try await runWhileRegistered()
            } catch let error as WorkloadError where error == .nodeRefused {
                logger.error("Stopped: the node is no longer ours")
                state.set(sync: .starting)
                continue
            } catch {
                try Task.checkCancellation()
                failures = state.sync == .synced ? 1 : failures + 1
                restarts.increment()
                try await pause(after: error, failures: failures)
            }
        }
    }

    private func runWhileRegistered() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                try await work()
                throw WorkloadError.endedEarly
            }
            group.addTask {
                _ = try await state.waitUntilRefused()
                throw WorkloadError.nodeRefused
            }
        }
    }

    private func pause(after error: any Error, failures: Int) async throws {
        let delay = backoff.delay(failures: failures)
        logger.error(
            "The work for the cluster failed and will be started again",
            [
                "error": "\(error)", "delay": "\(delay)",
            ]
        )
        state.set(sync: .failed(PodSyncState.Failure(error)))
        try await clock.sleep(for: delay)
    }
}

/// Why the work of a cluster ended although nobody cancelled it.
enum WorkloadError: Error, Equatable, CustomStringConvertible {
    /// A service returned that should run until it is cancelled.
    case endedEarly
    /// The name of the node was taken by one that is not ours.
    case nodeRefused
    /// The provider could not be made: the kubeconfig cannot be read, for example.
    case noProvider(String)

    var description: String {
        switch self {
        case .endedEarly: "a service of the cluster ended early"
        case .nodeRefused: "the node is not ours"
        case .noProvider(let message): message
        }
    }
}

extension PodSyncState.Failure {
    /// What the Ready condition says of an error.
    init(_ error: any Error) {
        switch error {
        case WorkloadError.noProvider(let message): self.init(reason: "ProviderUnavailable", message: message)
        default: self.init(reason: "PodSyncFailed", message: "\(error)")
        }
    }
}
