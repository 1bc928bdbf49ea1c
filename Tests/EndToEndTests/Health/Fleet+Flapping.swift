import Testbed

extension Fleet {
    /// Takes the link of a cluster away for five seconds, every five seconds, until then, and leaves it open.
    func flap(_ cluster: String, until end: ContinuousClock.Instant) async throws {
        let relay = remote(cluster).relay
        while ContinuousClock.now < end {
            for flow in [RelayConditions.Flow.cut, .open] {
                try await relay.set(flow)
                try await Task.sleep(for: .seconds(5))
            }
        }
    }
}
