package import KubeModel
package import Transport

extension APIError {
    /// The failure that an answer of 400 and above tells: the Status in its body, or else the HTTP status alone, as
    /// proxies in between send it.
    package init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
        // A body that is no JSON is no fault of its own: many failures have none.
        let parsed = try? JSON.parse(body)
        let header = headers.first("Retry-After").flatMap { Int($0) }
        if let answer = parsed.flatMap(APIStatus.init(json:)) {
            self.init(answer, httpStatus: status, retryAfterSeconds: header)
        } else {
            self.init(
                status == 404 ? .noSuchPath : Code(httpStatus: status),
                status: status,
                message: "the server answered \(status)",
                retryAfter: Self.retryAfter(header)
            )
        }
    }

    /// The failure that a Status object tells, as an answer or as the `ERROR` event of a watch.
    package init(_ answer: APIStatus, httpStatus: Int? = nil, retryAfterSeconds: Int? = nil) {
        let status = httpStatus ?? (answer.code > 0 ? answer.code : nil)
        let code = answer.reason.isEmpty ? Code(httpStatus: status ?? 0) : Code(answer.reason)
        self.init(
            code == .invalid && answer.meansAnotherObject ? .conflict : code,
            status: status,
            message: answer.message.isEmpty ? "the server gave no message" : answer.message,
            retryAfter: Self.retryAfter(answer.retryAfterSeconds ?? retryAfterSeconds),
            causes: answer.details.causes
        )
    }

    /// The failure of the way to the server.
    package init(_ error: TransportError) {
        self.init(Code(error.code), message: error.message)
    }

    /// A day is longer than any server means, and keeps the arithmetic of deadlines safe from hostile numbers.
    private static func retryAfter(_ seconds: Int?) -> Duration? {
        guard let seconds, seconds >= 0 else { return nil }
        return .seconds(min(seconds, 86_400))
    }
}

extension APIStatus {
    /// Whether a patch that names the UID of an object found another one of that name. Servers have no precondition for
    /// that: they refuse the change of a field that can't be changed (apimachinery `ValidateObjectMetaAccessorUpdate`).
    fileprivate var meansAnotherObject: Bool { details.causes.contains { $0.field == "metadata.uid" } }
}

extension APIError.Code {
    /// For answers without a reason.
    init(httpStatus: Int) {
        self =
            switch httpStatus {
            case 400: .badRequest
            case 401: .unauthorized
            case 403: .forbidden
            case 404: .notFound
            case 405: .methodNotAllowed
            case 406: .notAcceptable
            case 409: .conflict
            case 410: .gone
            case 413: .requestEntityTooLarge
            case 415: .unsupportedMediaType
            case 422: .invalid
            case 429: .tooManyRequests
            case 503: .serviceUnavailable
            case 504: .timeout
            case 500...: .serverError
            default: .unknown
            }
    }

    init(_ code: TransportError.Code) {
        self =
            switch code {
            case .timedOut: .timeout
            case .tls: .tls
            case .interrupted: .interrupted
            case .badResponse, .tooLarge: .decoding
            case .invalidURL, .invalidRequest: .badRequest
            case .cannotConnect: .unreachable
            // Whether the call was sent is not known.
            default: .unknown
            }
    }
}
