import KubeClient
import KubeModel
import Synchronization

/// Work that comes from outside and that all pods of a Deployment share, give or take a few per cent.
final class Load: Sendable {
    private let cores: Mutex<Double>
    private let counts = Mutex<Set<Int>>([])

    init(cores: Double) {
        self.cores = Mutex(cores)
    }

    func set(_ cores: Double) { self.cores.withLock { $0 = cores } }

    /// How many pods there were at any time.
    var seen: Set<Int> { counts.withLock { $0 } }

    func share(in space: TestSpace) async throws {
        while true {
            let pods = try await space.origin.pods(in: space.name).filter { !$0.isTerminating }
            if !pods.isEmpty { _ = counts.withLock { $0.insert(pods.count) } }
            for pod in pods {
                let share = cores.withLock { $0 } / Double(pods.count) * .random(in: 0.93...1.07)
                try await space.give(pod.name, cpu: "\(max(1, Int(share * 1000)))m")
            }
            try await Task.sleep(for: .seconds(3))
        }
    }
}

extension TestSpace {
    /// Lets a simulated pod use so much from now on.
    fileprivate func give(_ pod: String, cpu: String) async throws {
        do {
            _ = try await origin.client.patch(
                .pods,
                namespace: name,
                name: pod,
                type: .merge,
                body: ["metadata": ["annotations": ["simulated.martlet.dev/cpu": .string(cpu)]]]
            )
        } catch let error as APIError where error.code == .notFound {
            // It went meanwhile.
        }
    }
}
