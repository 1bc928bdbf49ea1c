package import KubeModel

/// Why a call to an API server failed, whether the server said so or could not be asked.
package struct APIError: Error, Sendable, Equatable {
    /// What went wrong, by the names of `Status.reason`; the set is open, because servers add reasons.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        package let description: String

        package init(_ reason: String) {
            description = reason
        }
    }

    /// What a caller can do about it.
    package enum Disposition: Sendable, Equatable {
        /// The connection broke; another one may serve at once. The call may have had its effect.
        case retryNow
        /// The server, or the way to it, is in trouble; with the time that the server asked for, if it did.
        case retryLater(Duration?)
        /// The same call will fail until a person changes something.
        case never
        /// What the call named is no longer there: the object (404), or the version (410).
        case gone
        /// The object is not in the state that the call assumed: read it again.
        case conflict
    }

    package let code: Code
    /// The HTTP status; nil if no answer came.
    package let status: Int?
    /// For people.
    package let message: String
    /// How long the server asks to be left alone.
    package let retryAfter: Duration?
    /// The single faults of an object that was refused.
    package let causes: [APIStatus.Cause]

    package init(
        _ code: Code,
        status: Int? = nil,
        message: String,
        retryAfter: Duration? = nil,
        causes: [APIStatus.Cause] = []
    ) {
        self.code = code
        self.status = status
        self.message = message
        self.retryAfter = retryAfter
        self.causes = causes
    }
}

extension APIError.Code {
    // What servers say.
    package static let badRequest = Self("BadRequest")
    package static let unauthorized = Self("Unauthorized")
    package static let forbidden = Self("Forbidden")
    package static let notFound = Self("NotFound")
    package static let methodNotAllowed = Self("MethodNotAllowed")
    package static let notAcceptable = Self("NotAcceptable")
    package static let conflict = Self("Conflict")
    package static let alreadyExists = Self("AlreadyExists")
    package static let gone = Self("Gone")
    package static let expired = Self("Expired")
    package static let requestEntityTooLarge = Self("RequestEntityTooLarge")
    package static let unsupportedMediaType = Self("UnsupportedMediaType")
    package static let invalid = Self("Invalid")
    package static let tooManyRequests = Self("TooManyRequests")
    package static let serverError = Self("InternalError")
    package static let serverTimeout = Self("ServerTimeout")
    package static let serviceUnavailable = Self("ServiceUnavailable")
    /// By the server, or by our own bound when `status` is nil.
    package static let timeout = Self("Timeout")
    package static let unknown = Self("Unknown")

    // What we say, when no answer came or it can't be read.
    /// Nobody answers at the address: refused, no route, no such name.
    package static let unreachable = Self("Unreachable")
    /// The peer is not trusted, or does not trust us.
    package static let tls = Self("TLS")
    /// The connection broke in mid-call.
    package static let interrupted = Self("Interrupted")
    /// The credentials for the call can't be had.
    package static let credentials = Self("Credentials")
    /// The path leads nowhere (404 without a Status): an API that the server does not have, or a proxy's own answer. Never
    /// a word about an object.
    package static let noSuchPath = Self("NoSuchPath")
    /// The answer is not what an API server says, or larger than we take.
    package static let decoding = Self("Decoding")
}

extension APIError {
    package var disposition: Disposition {
        switch code {
        case .interrupted: .retryNow
        case .notFound, .gone, .expired: .gone
        case .conflict, .alreadyExists: .conflict
        case .badRequest, .forbidden, .methodNotAllowed, .notAcceptable, .requestEntityTooLarge, .invalid,
            .unsupportedMediaType:
            .never
        default: .retryLater(retryAfter)
        }
    }

    /// The version named by a list or watch is no longer kept (410): list anew.
    package var isExpired: Bool { code == .expired || code == .gone }

    /// The server has not reached the version named by a list: it was restored, or lags behind (client-go
    /// `apierrors.IsTooLargeResourceVersion`; the message is for servers before 1.17).
    package var isResourceVersionTooLarge: Bool {
        // etcd's own word, where a server passes the question on.
        if code == .serverError, message.contains("required revision is a future revision") { return true }
        guard code == .timeout else { return false }
        return causes.contains { $0.reason == "ResourceVersionTooLarge" }
            || message.contains("Too large resource version")
    }
}

extension APIError: CustomStringConvertible {
    package var description: String {
        let status = status.map { " (\($0))" } ?? ""
        return "\(code)\(status): \(message)"
    }
}
