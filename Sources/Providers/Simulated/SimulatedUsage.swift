package import KubeModel

/// What a simulated pod uses, as a kubelet would report it.
package struct SimulatedUsage: Sendable, Equatable {
    package let podUID: UID
    package let podKey: ObjectKey
    /// CPU seconds since the pod's containers started: a counter, which never goes down while they run.
    package let cpuSeconds: Double
    /// Bytes in use now.
    package let memoryBytes: Int64
}

/// The rates at which a simulated pod uses what it runs on, from its annotations.
struct SimulatedLoad: Sendable {
    /// The CPU that the pod uses while it runs ("250m").
    static let cpuAnnotation = "simulated.martlet.dev/cpu"
    /// The memory that the pod uses while it runs ("64Mi").
    static let memoryAnnotation = "simulated.martlet.dev/memory"

    let cores: Double
    let memoryBytes: Int64

    /// An annotation that is no quantity counts as none: a simulated pod is not worth a failure.
    init(annotations: [String: String]) {
        let cpu = annotations[Self.cpuAnnotation].flatMap { try? Quantity($0) } ?? .zero
        let memory = annotations[Self.memoryAnnotation].flatMap { try? Quantity($0) } ?? .zero
        cores = Double(cpu.milliValue) / 1000
        memoryBytes = memory.value
    }
}
