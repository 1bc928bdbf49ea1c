import Glibc

/// The machine as the access to clusters sees it: everything that has effects or changes by itself.
package struct AccessHost: Sendable {
    package var files: any FileReading
    package var programs: any ProgramRunning
    /// The time of day, in seconds since 1970: what expiry times of credentials are compared with.
    package var wallTime: @Sendable () -> Double
    /// For the age of what was read.
    package var clock: any Clock<Duration>

    package init(
        files: any FileReading = LocalFiles(),
        programs: any ProgramRunning = LocalPrograms(),
        wallTime: @escaping @Sendable () -> Double = AccessHost.timeOfDay,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.files = files
        self.programs = programs
        self.wallTime = wallTime
        self.clock = clock
    }

    /// The time of day of this machine, in seconds since 1970.
    @Sendable package static func timeOfDay() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1_000_000_000
    }
}
