import CTransport
import Lifecycle

/// Gives memory that nothing uses any more back to the system, each minute.
///
/// glibc's allocator gives back only what lies at the end of an arena. After a burst, as the lists of a hundred clusters
/// at the start are one, pages that are free stay with the process for as long as one block beyond them lives. Nothing
/// runs while an arena is looked through: some milliseconds for each hundred megabytes.
package struct MemoryTrim: Service {
    private static let interval = Duration.seconds(60)

    private let clock: any Clock<Duration>
    private let trim: @Sendable () -> Void

    /// - Parameter trim: gives back what is free.
    package init(
        clock: any Clock<Duration> = ContinuousClock(),
        trim: @escaping @Sendable () -> Void = { _ = malloc_trim(0) }
    ) {
        self.clock = clock
        self.trim = trim
    }

    package func run() async throws {
        _ = try await cancelOnShutdown {
            while true {
                try await clock.sleep(for: Self.interval)
                trim()
            }
        }
    }
}
