import KubeClient

extension ProviderError {
    /// What an API server's answer means to a pod.
    init(_ error: APIError, doing what: String) {
        let message = "\(what): \(error.message)"
        switch error.code {
        case .forbidden:
            self.init(.rejected, reason: "DelegateForbidden", message: message)
        case .invalid, .badRequest:
            self.init(.rejected, reason: "DelegateInvalid", message: message)
        case .tooManyRequests:
            self.init(.throttled(after: error.retryAfter), reason: "RemoteBusy", message: message)
        default:
            self.init(
                .unavailable,
                reason: "RemoteUnavailable",
                message: message,
                mayHaveHappened: error.mayHaveHappened
            )
        }
    }
}

extension APIError {
    /// No answer, or one by whoever stood in between: the call may have had its effect. Not so where it was never sent,
    /// or where the answer says that it went no further.
    fileprivate var mayHaveHappened: Bool {
        switch code {
        case .unreachable, .tls, .credentials, .unauthorized, .noSuchPath: false
        case .notFound, .gone, .conflict, .alreadyExists, .methodNotAllowed, .notAcceptable, .requestEntityTooLarge,
            .unsupportedMediaType:
            false
        case .serverError: !isUncalledWebhook
        default: true
        }
    }

    /// Admission comes before the object is stored (apiserver `webhookerrors.ErrCallingWebhook`).
    private var isUncalledWebhook: Bool { message.contains("failed calling webhook") }
}
