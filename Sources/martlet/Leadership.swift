internal import KubeClient
internal import Lifecycle

/// Holds back what serves clusters until this process leads, and ends with an error when another one may lead, so that
/// whoever keeps the process starts it again: two that serve the same clusters would undo each other's work.
struct Leadership: Service {
    let election: LeaderElection
    private let won = ShutdownSignal()

    init(_ election: LeaderElection) {
        self.election = election
    }

    /// Returns once this process leads.
    ///
    /// - Throws: `CancellationError`.
    func wait() async throws {
        await won.wait()
        try Task.checkCancellation()
    }

    func run() async throws {
        _ = try await cancelOnShutdown { [election, won] in
            try await election.withLeadership {
                won.trigger()
                await ShutdownSignal.never.wait()
            }
        }
    }
}
