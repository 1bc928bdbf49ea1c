internal import Lifecycle
internal import Observability

/// Reads the configuration again when it has changed: every so often, and at once when told to (SIGHUP).
///
/// A configuration that cannot be used is told once and changes nothing.
struct ConfigurationWatch: Service {
    /// What was used last.
    let current: Configuration
    /// Gives the configuration as it is now.
    let read: @Sendable () throws(ConfigurationProblems) -> Configuration
    /// Asks for a look at once, for each element.
    let hangups: AsyncStream<Int32>
    /// The time between two looks. A change of a mounted ConfigMap replaces folders, of which no notification tells
    /// that is alike on all file systems.
    var interval = Duration.seconds(1)
    var clock: any Clock<Duration> = ContinuousClock()
    let logger: Logger
    /// Told the clusters of each configuration that differs from the one before.
    let onChange: @Sendable ([ClusterConfiguration]) -> Void

    func run() async throws {
        let (looks, continuation) = AsyncStream<Look>.makeStream(bufferingPolicy: .bufferingNewest(1))
        _ = try await cancelOnShutdown {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask {
                    for await _ in hangups { continuation.yield(.asked) }
                }
                group.addTask {
                    while true {
                        try await clock.sleep(for: interval)
                        continuation.yield(.regular)
                    }
                }
                group.addTask {
                    var state = ConfigurationState(current)
                    for await look in looks { act(on: state.look(Result(catching: read)), look) }
                }
            }
        }
    }

    private enum Look: Sendable {
        case regular, asked
    }

    private func act(on news: ConfigurationState.News?, _ look: Look) {
        switch news {
        case nil:
            if look == .asked { logger.info("The configuration has not changed") }
        case .unusable(let problems):
            logger.error("The configuration can't be used; the one before stays", ["problems": "\(problems)"])
        case .usable(let configuration, let needsRestart):
            logger.info("The configuration has changed")
            if needsRestart {
                logger.warning("What has changed beside the clusters takes effect at the next start")
            }
            onChange(configuration.clusters)
        }
    }
}

/// What the last looks at the configuration found.
struct ConfigurationState {
    /// What a look has found that the one before has not.
    enum News: Equatable {
        case usable(Configuration, needsRestart: Bool)
        case unusable(ConfigurationProblems)
    }

    private var current: Configuration
    private var problems: ConfigurationProblems?

    init(_ current: Configuration) {
        self.current = current
    }

    /// - Returns: nil if nothing is new.
    mutating func look(_ found: Result<Configuration, ConfigurationProblems>) -> News? {
        switch found {
        case .failure(let problems):
            guard problems != self.problems else { return nil }
            self.problems = problems
            return .unusable(problems)
        case .success(let configuration):
            let wasBroken = problems != nil
            problems = nil
            guard configuration != current || wasBroken else { return nil }
            let needsRestart = configuration.options != current.options
            current = configuration
            return .usable(configuration, needsRestart: needsRestart)
        }
    }
}
