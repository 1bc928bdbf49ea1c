internal import Lifecycle
internal import Observability
internal import Synchronization

/// The signal that came last, for the exit code.
final class LastSignal: Sendable {
    private let signal = Mutex<Int32>(0)

    var value: Int32 { signal.withLock { $0 } }

    func set(_ value: Int32) { signal.withLock { $0 = value } }
}

extension ServiceGroup {
    /// Runs the services that are the process, and says how that ended.
    func exitCode(last: LastSignal, logger: Logger) async -> Int32 {
        do {
            try await run()
            logger.info("Stopped")
            return Command.ExitCode.success
        } catch let error as ServiceGroupError where error.code == .aborted {
            logger.warning("Stopped at once")
            return 128 + last.value
        } catch {
            logger.error("Stopped by an error", ["error": "\(error)"])
            return Command.ExitCode.failure
        }
    }
}

extension OptionValues {
    /// What the process says of itself, on standard error.
    func makeLogger() -> Logger {
        Logger(
            label: "martlet",
            level: text(.logLevel).flatMap(Logger.Level.init(rawValue:)) ?? .info,
            format: text(.loggingFormat).flatMap(Logger.Format.init(rawValue:)) ?? .text
        )
    }
}
