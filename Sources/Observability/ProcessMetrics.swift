import Glibc

/// The `process_*` metrics that every Prometheus client has, read from /proc when they are asked for.
package enum ProcessMetrics {
    /// Adds them to a registry.
    package static func register(in registry: MetricsRegistry) {
        registry.observe(
            "process_cpu_seconds_total",
            help: "Total user and system CPU time spent in seconds.",
            kind: .counter
        ) { ProcessStat.current()?.cpuSeconds }
        registry.observe("process_resident_memory_bytes", help: "Resident memory size in bytes.") {
            ProcessStat.current()?.residentBytes
        }
        registry.observe("process_virtual_memory_bytes", help: "Virtual memory size in bytes.") {
            ProcessStat.current()?.virtualBytes
        }
        registry.observe("process_threads", help: "Number of threads.") { ProcessStat.current()?.threads }
        registry.observe("process_open_fds", help: "Number of open file descriptors.") { openFileDescriptors() }
        registry.observe("process_max_fds", help: "Maximum number of open file descriptors.") { maxFileDescriptors() }
        registry.observe(
            "process_start_time_seconds",
            help: "Start time of the process since unix epoch in seconds."
        ) { startTime() }
    }

    private static func startTime() -> Double? {
        guard let stat = ProcessStat.current(), let boot = ProcFile.read("/proc/stat").flatMap(bootTime) else {
            return nil
        }
        return boot + stat.startSecondsAfterBoot
    }

    /// The `btime` line of /proc/stat: seconds since 1970.
    static func bootTime(_ text: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
    }

    private static func openFileDescriptors() -> Double? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // Not counted: `.`, `..` and the descriptor of this very directory.
        return Double(count - 3)
    }

    private static func maxFileDescriptors() -> Double? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Double(limit.rlim_cur)
    }
}

/// What /proc/self/stat tells, in base units (proc(5)).
struct ProcessStat: Equatable {
    let cpuSeconds: Double
    let threads: Double
    let startSecondsAfterBoot: Double
    let virtualBytes: Double
    let residentBytes: Double

    static func current() -> ProcessStat? {
        ProcFile.read("/proc/self/stat").flatMap {
            ProcessStat($0, ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))), pageSize: Double(getpagesize()))
        }
    }

    /// `nil` when the text is not such a file. The name of the command may hold anything, even `)`, so fields are
    /// counted from the last one.
    init?(_ text: String, ticksPerSecond: Double, pageSize: Double) {
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(whereSeparator: \.isWhitespace)
        // proc(5) counts from 1, and the state, which is first here, is field 3.
        func field(_ number: Int) -> Double? {
            fields.indices.contains(number - 3) ? Double(fields[number - 3]) : nil
        }
        guard let user = field(14), let system = field(15), let threads = field(20), let start = field(22),
            let virtual = field(23), let resident = field(24)
        else { return nil }
        cpuSeconds = (user + system) / ticksPerSecond
        self.threads = threads
        startSecondsAfterBoot = start / ticksPerSecond
        virtualBytes = virtual
        residentBytes = resident * pageSize
    }
}
