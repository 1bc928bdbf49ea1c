import KubeClient
import KubeModel
import Testbed

/// A namespace of a test's own, by the same name in the origin and in the remotes.
struct TestSpace: Sendable {
    let name: String
    let fleet: Fleet

    var origin: FleetCluster { fleet.origin }

    /// Applies a manifest in the origin's namespace, with the real kubectl.
    func apply(_ manifest: JSON) async throws {
        try await origin.apply(manifest, namespace: name)
    }

    /// Applies a manifest in the origin's namespace, with the real kubectl.
    func apply(_ manifest: String) async throws {
        try await origin.apply(manifest, namespace: name)
    }

    /// Runs the real kubectl in the origin's namespace.
    @discardableResult
    func kubectl(_ arguments: String...) async throws -> String {
        try await origin.control.kubectl(["--namespace", name] + arguments).checked().output
    }

    /// The pods, and the delegates with the same labels, as they are now.
    ///
    /// - Parameter app: the value of the label "app"; nil for all.
    func snapshot(app: String? = nil) async throws -> Snapshot {
        let labels = app.map { "app=\($0)" }
        var delegates: [Snapshot.Delegate] = []
        for remote in fleet.remotes {
            delegates += try await remote.pods(in: name, labels: labels)
                .filter { $0.podUID != nil }
                .map { Snapshot.Delegate(cluster: remote.name, object: $0) }
        }
        return Snapshot(pods: try await origin.pods(in: name, labels: labels), delegates: delegates)
    }

    /// Waits until exactly so many pods run, each with its delegate.
    @discardableResult
    func running(_ count: Int, app: String? = nil, within: Duration = .seconds(15)) async throws -> Snapshot {
        let what = "\(count) pods\(app.map { " of '\($0)'" } ?? "") run, each with its delegate"
        return try await eventually(what, within: within) {
            try await snapshot(app: app)
        } until: {
            $0.isRunning(count)
        }
    }

    /// Waits until neither pods nor delegates are left.
    func empty(app: String? = nil, within: Duration = .seconds(30)) async throws {
        try await eventually("no pod and no delegate is left", within: within) {
            try await snapshot(app: app)
        } until: {
            $0.isEmpty
        }
    }

    /// A pod of the origin, once it is as it should be.
    @discardableResult
    func pod(
        _ name: String,
        _ what: String,
        within: Duration = .seconds(10),
        until isRight: (JSON) -> Bool
    ) async throws -> JSON {
        let namespace = self.name
        let pod = try await eventually("pod \(name) \(what)", within: within) {
            try await origin.pod(name, in: namespace)
        } until: {
            $0.map(isRight) ?? false
        }
        guard let pod else { throw DidNotLast(what: "pod \(name) is there") }
        return pod
    }

    /// Waits for an event about an object of the origin.
    func event(about object: String, containing text: String, within: Duration = .seconds(10)) async throws {
        try await eventually("an event about \(object) contains '\(text)'", within: within) {
            try await origin.events(about: object, in: name)
        } until: {
            $0.contains { $0.contains(text) }
        }
    }
}

extension TestSpace {
    /// Runs a test in a fresh namespace of the fleet that the suite has.
    static func with<Value>(_ prefix: String, _ body: (TestSpace) async throws -> Value) async throws -> Value {
        let fleet = Fleet.current
        return try await fleet.tests.withPass { try await with(prefix, sharing: fleet, body) }
    }

    /// Runs a test in a further namespace.
    static func with<Value>(
        _ prefix: String,
        sharing fleet: Fleet,
        _ body: (TestSpace) async throws -> Value
    ) async throws -> Value {
        let space = TestSpace(name: "\(prefix)-\(randomSuffix())", fleet: fleet)
        try await fleet.origin.makeNamespace(space.name)
        let value = try await body(space)
        // Not waited for; after a failure the namespace stays, for who looks into it while the fleet is there.
        try await space.remove()
        return value
    }

    private static func randomSuffix() -> String {
        String(UInt32.random(in: 0..<(1 << 20)) + (1 << 20), radix: 36)
    }

    /// In the origin only: what the pods leave in the remotes is martlet's to take away.
    private func remove() async throws {
        _ = try await origin.client.delete(.namespaces, name: name)
    }
}
