import Lifecycle

/// What a reflector does next, by the rules of client-go's `tools/cache` Reflector. Pure: it is told what happened and
/// when, as time since some start, and answers with the next step.
struct ReflectorPlan: Sendable {
    /// What the reflector stands on.
    enum Position: Equatable, Sendable {
        /// List what the server has at hand; it may lag behind.
        case cached
        /// List a state not older than this version.
        case atLeast(String)
        /// List the newest state, a quorum read.
        case mostRecent
        /// Ask whether the server has come as far as this version, then watch from there: it may have been restored from
        /// a backup, and would take a watch from its own future without a word and tell nothing.
        case resuming(from: String)
        case watching(from: String)
    }

    /// How an attempt ended.
    enum Outcome: Equatable, Sendable {
        case listed(resourceVersion: String)
        case listFailed(APIError)
        /// The server has come as far as this version, or further.
        case resumed(resourceVersion: String)
        /// The server ended the watch.
        case watchEnded(WatchSummary)
        case watchFailed(APIError, WatchSummary)
        /// No bytes came for the bound of liveness.
        case watchStalled(WatchSummary)
    }

    /// What a watch achieved before it ended.
    struct WatchSummary: Equatable, Sendable {
        /// How far it came.
        var resourceVersion: String
        /// Events, with bookmarks.
        var events = 0
        var lasted: Duration = .zero
    }

    /// What to do before the next attempt.
    enum Pause: Equatable, Sendable {
        case none
        /// Wait for the delay after so many failures, but not less than `atLeast`.
        case backoff(failures: Int, atLeast: Duration)
    }

    static let healthyAfter = Duration.seconds(120)
    static let expiryInterval = Duration.seconds(60)
    static let shortWatch = Duration.seconds(1)
    /// How long a watch is tried again through errors of the server before it lists anew.
    static let serverErrorBound = Duration.seconds(30)

    /// A hostile or mistaken server must not blind us for longer, whatever it asks for.
    static let longestRetryAfter = Duration.seconds(60)

    private(set) var position: Position
    /// The exponent of the backoff; it survives a moment of health.
    private(set) var failures = 0
    /// Failures since the last attempt that got through.
    private(set) var consecutive = 0
    private var healthySince: Duration?
    private var lastExpiry: Duration?
    private var serverErrorsSince: Duration?

    init(position: Position = .cached) {
        self.position = position
    }

    /// A list was answered or a watch opened.
    mutating func gotThrough(now: Duration) {
        healthySince = healthySince ?? now
        consecutive = 0
    }

    mutating func next(after outcome: Outcome, now: Duration) -> Pause {
        switch outcome {
        case .listed(let resourceVersion):
            gotThrough(now: now)
            serverErrorsSince = nil
            position = .watching(from: resourceVersion)
            return .none
        case .listFailed(let error):
            return listFailed(error, now: now)
        case .resumed(let resourceVersion):
            position = .watching(from: resourceVersion)
            return .none
        case .watchEnded(let watch):
            position = .watching(from: watch.resourceVersion)
            return watch.isTooShort ? failed(now: now) : ended(watch)
        case .watchStalled(let watch):
            position = .watching(from: watch.resourceVersion)
            return failed(now: now)
        case .watchFailed(let error, let watch):
            position = .watching(from: watch.resourceVersion)
            return watchFailed(error, watch, now: now)
        }
    }
}

// MARK: - Rules

extension ReflectorPlan {
    private mutating func listFailed(_ error: APIError, now: Duration) -> Pause {
        guard error.isExpired || error.isResourceVersionTooLarge else {
            return failed(now: now, atLeast: error.retryAfter)
        }
        position = .mostRecent
        return expired(now: now)
    }

    private mutating func watchFailed(_ error: APIError, _ watch: WatchSummary, now: Duration) -> Pause {
        if error.isExpired {
            position = .atLeast(watch.resourceVersion)
            return expired(now: now)
        }
        switch error.code {
        case .interrupted where !watch.isTooShort:
            position = .resuming(from: watch.resourceVersion)
            return ended(watch)  // As good as an end: the server or the way to it was restarted.
        case .unreachable, .interrupted:
            position = .resuming(from: watch.resourceVersion)
            return failed(now: now, atLeast: error.retryAfter)
        case .tls, .credentials, .tooManyRequests:
            return failed(now: now, atLeast: error.retryAfter)
        case .timeout where error.status == nil:
            return failed(now: now)
        case .serverError, .serviceUnavailable, .serverTimeout:
            return serverFailed(error, watch, now: now)
        default:
            position = .atLeast(watch.resourceVersion)
            return failed(now: now, atLeast: error.retryAfter)
        }
    }

    /// The watch did its work: whatever the server suffered from is over.
    private mutating func ended(_ watch: WatchSummary) -> Pause {
        if watch.events > 0 { serverErrorsSince = nil }
        return .none
    }

    private mutating func serverFailed(_ error: APIError, _ watch: WatchSummary, now: Duration) -> Pause {
        if watch.events > 0 { serverErrorsSince = nil }
        let since = serverErrorsSince ?? now
        serverErrorsSince = since
        if now - since >= Self.serverErrorBound {
            serverErrorsSince = nil
            position = .atLeast(watch.resourceVersion)
        }
        return failed(now: now, atLeast: error.retryAfter)
    }

    /// Once in a while versions expire; a server that says so again within a minute would be hammered.
    private mutating func expired(now: Duration) -> Pause {
        defer { lastExpiry = now }
        guard let lastExpiry, now - lastExpiry < Self.expiryInterval else { return .none }
        return failed(now: now)
    }

    private mutating func failed(now: Duration, atLeast: Duration? = nil) -> Pause {
        if let healthySince, now - healthySince >= Self.healthyAfter { failures = 0 }
        healthySince = nil
        failures += 1
        consecutive += 1
        return .backoff(failures: failures, atLeast: min(atLeast ?? .zero, Self.longestRetryAfter))
    }
}

extension ReflectorPlan.WatchSummary {
    /// A watch that ends at once and tells nothing is a fault, however politely it ends.
    var isTooShort: Bool { events == 0 && lasted < ReflectorPlan.shortWatch }
}
