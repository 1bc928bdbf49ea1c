internal import KubeClient
internal import Lifecycle
internal import Observability
internal import Providers
internal import Synchronization
internal import VirtualNode

/// A cluster that several virtual nodes stand for: they and the connection that they share.
struct ClusterService: Service {
    let nodes: [VirtualNodeService]
    let connection: SharedConnection

    /// Runs until it is asked to stop, and then until all of them have stopped.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { _ = try await cancelOnShutdown { try await connection.run() } }
            for node in nodes { group.addTask { try await node.run() } }
        }
    }
}

/// The connection of several virtual nodes: made when the first of them asks for it, and run for as long as the cluster is
/// served, whatever becomes of single nodes.
final class SharedConnection: Service {
    private let connection = Mutex<RemoteConnection?>(nil)
    private let made = Latch()
    private let logger: Logger
    private static let backoff = Backoff(base: .seconds(1), cap: .seconds(60), jitter: 0.2)

    init(logger: Logger) {
        self.logger = logger
    }

    /// - Parameter make: makes the connection where there is none yet; an error is told to who asked.
    func connection(_ make: () throws -> RemoteConnection) throws -> RemoteConnection {
        let found = try connection.withLock { connection in
            let found = try connection ?? make()
            connection = found
            return found
        }
        made.open()
        return found
    }

    /// It does not end by itself. Should it all the same, it goes on from where it was.
    func run() async throws {
        try await made.wait()
        guard let connection = connection.withLock({ $0 }) else { return }
        var failures = 0
        while true {
            do {
                try await connection.run()
            } catch {
                try Task.checkCancellation()
                logger.error("The connection to the cluster failed", ["error": "\(error)"])
            }
            failures += 1
            try await Task.sleep(for: Self.backoff.delay(failures: failures))
        }
    }
}
