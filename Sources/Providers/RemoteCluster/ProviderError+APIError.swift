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
            self.init(.unavailable, reason: "RemoteUnavailable", message: message)
        }
    }
}
