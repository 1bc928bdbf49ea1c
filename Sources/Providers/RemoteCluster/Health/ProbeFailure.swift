import KubeClient

/// Why a probe of a remote failed, in the terms of who has to act on it.
struct ProbeFailure: Sendable, Equatable {
    /// What a failed probe says of the remote.
    enum Kind: Sendable, Equatable {
        /// Nobody answered, or not in time.
        case silent
        /// Somebody answered, and not as a healthy API server does.
        case unhealthy
        /// The server does not take our credentials.
        case unauthorized
        /// The server knows us, and does not allow it.
        case forbidden
        /// The server is there and asks for patience: 429, or 503 with a time after which to come back.
        case busy
    }

    let kind: Kind
    /// The cause, for people.
    let message: String

    /// The condition's reason.
    var reason: String {
        switch kind {
        case .silent: "RemoteUnreachable"
        case .unhealthy: "RemoteUnhealthy"
        case .unauthorized: "RemoteUnauthorized"
        case .forbidden: "RemoteForbidden"
        case .busy: "RemoteBusy"
        }
    }
}

extension ProbeFailure {
    init(_ error: APIError) {
        self.init(kind: Self.kind(of: error), message: error.message)
    }

    private static func kind(of error: APIError) -> Kind {
        guard let status = error.status else { return error.code == .credentials ? .unauthorized : .silent }
        switch status {
        case 429: return .busy
        case 503 where error.retryAfter != nil: return .busy
        case 401: return .unauthorized
        case 403: return .forbidden
        default: return .unhealthy
        }
    }
}
