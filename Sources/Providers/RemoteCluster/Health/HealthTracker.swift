import KubeModel

/// Judges a remote by the answers to its probes and by its watches. Pure: the time, since 1970, comes from outside.
///
/// It takes ``tolerance`` failures in a row to lose a remote, so that a lost probe or two moves no pod. One answer
/// brings it back, once all that may have changed meanwhile is known; a remote that comes and goes has to answer as
/// often in a row first. A server that is busy is there.
struct HealthTracker: Sendable {
    enum Standing: Sendable, Equatable {
        /// Never heard of.
        case unheard
        case present
        case lost
        /// It answers again; what it did meanwhile is being listed.
        case returning
    }

    /// Failures in a row that lose a remote, and answers in a row that bring an unsteady one back.
    let tolerance: Int
    /// A remote whose answers broke off more often than this within ``memory`` is unsteady.
    static let steadiness = 2
    static let memory = Duration.seconds(120)
    /// How long a watch may fail before that is worth a word: one that broke with its link is back sooner.
    static let patience = Duration.seconds(20)

    private(set) var standing = Standing.unheard
    /// The probes that failed in a row.
    private(set) var failures: ProbeRow?
    private var busy: ProbeRow?
    private var answersInRow = 0
    /// When answers broke off, the last ones.
    private var interruptions: [Duration] = []
    private var brokenWatches: [String: ProbeRow] = [:]
    private let cluster: String

    init(cluster: String, tolerance: Int = 3) {
        self.cluster = cluster
        self.tolerance = tolerance
    }

    /// A probe was answered.
    mutating func answered() {
        busy = nil
        wasThere()
    }

    /// A probe failed.
    ///
    /// - Parameter signs: what else of the remote arrived.
    mutating func failed(_ failure: ProbeFailure, at now: Duration, signs: RemoteSigns = RemoteSigns()) {
        if failure.kind == .busy || failure.kind == .silent && signs.duringProbe {
            busy = ProbeRow(busy, failure, at: now)
            return wasThere()
        }
        // The link has been there meanwhile: a beat of its own that meets the probes' is no silence.
        if failure.kind == .silent, signs.sinceLastProbe, standing == .present { failures = nil }
        if failures == nil || answersInRow > 0 { interrupted(at: now) }
        busy = nil
        answersInRow = 0
        failures = ProbeRow(failures, failure, at: now)
        if let failures, failures.count >= tolerance { standing = .lost }
    }

    /// All that the remote did while it was lost is known.
    mutating func caughtUp() {
        if standing == .returning { standing = .present }
    }

    /// A watch does not get through, or does again (nil).
    mutating func watch(_ resource: String, failsWith failure: ProbeFailure?, at now: Duration) {
        brokenWatches[resource] = failure.map { ProbeRow(brokenWatches[resource], $0, at: now) }
    }

    private mutating func wasThere() {
        answersInRow += 1
        switch standing {
        case .unheard: standing = .present
        case .lost:
            guard answersInRow >= answersNeeded else { return }
            standing = .returning
        case .present, .returning: break
        }
        failures = nil
    }

    private mutating func interrupted(at now: Duration) {
        // A clock that was set back makes the past look new; that is the careful mistake.
        interruptions = interruptions.suffix(Self.steadiness).filter { now - $0 < Self.memory } + [now]
    }

    private var isUnsteady: Bool { interruptions.count > Self.steadiness }

    private var answersNeeded: Int { isUnsteady ? tolerance : 1 }
}

// MARK: - What is said of it

extension HealthTracker {
    var health: NodeHealth {
        switch standing {
        case .unheard:
            let cause = failures.map { ": \($0.message)" } ?? "."
            return .unknown(reason: "RemoteConnecting", message: "Cluster \(cluster) has not answered yet\(cause)")
        case .lost: return lost
        case .returning:
            let obstacle = brokenWatches.first.map { " The \($0.key) can't be listed: \($0.value.description)" } ?? ""
            return .notReady(
                reason: "RemoteReturning",
                message: "Cluster \(cluster) answers again; what runs there is being listed.\(obstacle)"
            )
        case .present: return degradation ?? .ready
        }
    }

    /// The names of the lists and watches that our identity is not allowed.
    var forbiddenWatches: Set<String> { Set(brokenWatches.filter { $0.value.kind == .forbidden }.keys) }

    /// What our identity may not see of the remote, in the remote's own words; nil where that is nothing.
    var forbidden: NodeHealth? {
        let rows = brokenWatches.filter { $0.value.kind == .forbidden }.sorted { $0.key < $1.key }
        guard !rows.isEmpty else { return nil }
        let words = rows.map { "the \($0.key) (\($0.value.message))" }.joined(separator: ", ")
        return .notReady(
            reason: "RemoteForbidden",
            message: "Cluster \(cluster) does not let martlet follow \(words). It takes the ClusterRole of "
                + "docs/rbac/remote.yaml; rights in single namespaces are not enough."
        )
    }

    private var lost: NodeHealth {
        let what = failures?.kind == .silent ? "can't be reached" : "does not serve us"
        let patience = isUnsteady ? " It comes and goes: it counts as back after \(tolerance) answers in a row." : ""
        return .notReady(
            reason: failures?.reason ?? "RemoteUnreachable",
            message: "Cluster \(cluster) \(what): \(failures?.description ?? "")\(patience)"
        )
    }

    /// What is wrong with a remote that can be used; said when it is more than a moment's trouble.
    private var degradation: NodeHealth? {
        if let busy, busy.count >= tolerance {
            let reason = busy.kind == .busy ? "RemoteBusy" : "RemoteSlow"
            let what = busy.kind == .busy ? "asks for patience" : "answers no probes, though its watches go on"
            return .degraded(reason: reason, message: "Cluster \(cluster) \(what): \(busy.description)")
        }
        let broken = brokenWatches.filter { $0.value.lasted >= Self.patience }
        guard let (resource, row) = broken.min(by: { $0.key < $1.key }) else { return nil }
        return .degraded(
            reason: "WatchFailing",
            message: "Cluster \(cluster) answers, but its \(resource) can't be followed: \(row.description)"
        )
    }
}

/// Whether something of a remote arrived beside the answers to probes: of its watches, or answers to calls.
struct RemoteSigns: Sendable, Equatable {
    /// While the probe waited: then it is there.
    var duringProbe = false
    /// Between the end of the last probe and the begin of this one.
    var sinceLastProbe = false
}

/// Failures that belong together: how many, since when, and why. Its text changes when the number doubles, so that a long row is no
/// stream of news.
struct ProbeRow: Sendable, Equatable {
    let count: Int
    let since: Duration
    /// From the first to the last one.
    let lasted: Duration
    private let told: ProbeFailure
    private let toldCount: Int

    init(_ earlier: ProbeRow?, _ failure: ProbeFailure, at now: Duration) {
        let number = (earlier?.count ?? 0) + 1
        count = number
        since = earlier?.since ?? now
        lasted = now - (earlier?.since ?? now)
        if let earlier, earlier.told.kind == failure.kind, number > 3, number < 2 * earlier.toldCount {
            (told, toldCount) = (earlier.told, earlier.toldCount)
        } else {
            (told, toldCount) = (failure, number)
        }
    }

    var kind: ProbeFailure.Kind { told.kind }
    var reason: String { told.reason }
    var message: String { told.message }

    /// The cause, how often and since when.
    var description: String {
        let times = toldCount == 1 ? "once" : "\(toldCount) times"
        return "\(message) (\(times) since \(Timestamp.format(since / .seconds(1))))."
    }
}
