import KubeClient
import KubeModel
import TestSupport
import Testing
import Transport

@Suite struct APIErrorTests {
    @Test(
        "An answer without a Status is understood by its HTTP status",
        arguments: [
            (400, APIError.Code.badRequest), (401, .unauthorized), (403, .forbidden), (404, .noSuchPath),
            (405, .methodNotAllowed), (406, .notAcceptable), (409, .conflict), (410, .gone),
            (413, .requestEntityTooLarge), (415, .unsupportedMediaType), (422, .invalid), (429, .tooManyRequests),
            (500, .serverError), (502, .serverError), (503, .serviceUnavailable), (504, .timeout), (418, .unknown),
        ]
    )
    func httpStatus(status: Int, code: APIError.Code) {
        let error = APIError(status: status, headers: HTTPHeaders(), body: Array("<html>".utf8))
        #expect(error.code == code)
        #expect(error.status == status)
    }

    @Test(
        "The reason of a Status wins over the HTTP status",
        arguments: [
            (409, "AlreadyExists", APIError.Code.alreadyExists), (409, "Conflict", .conflict),
            (410, "Expired", .expired), (500, "ServerTimeout", .serverTimeout), (504, "Timeout", .timeout),
            (404, "", .notFound), (499, "NewReason", APIError.Code("NewReason")),
        ]
    )
    func reason(status: Int, reason: String, code: APIError.Code) {
        let body = ScriptedCall.status(status, reason: reason, message: "m").serialized()
        let error = APIError(status: status, headers: HTTPHeaders(), body: body)
        #expect(error.code == code)
        #expect(error.message == "m")
    }

    @Test(
        "Each failure says what a caller can do",
        arguments: [
            (APIError.Code.interrupted, APIError.Disposition.retryNow), (.notFound, .gone), (.gone, .gone),
            (.expired, .gone), (.conflict, .conflict), (.alreadyExists, .conflict), (.badRequest, .never),
            (.forbidden, .never), (.invalid, .never), (.methodNotAllowed, .never), (.notAcceptable, .never),
            (.requestEntityTooLarge, .never), (.unsupportedMediaType, .never), (.unauthorized, .retryLater(nil)),
            (.tooManyRequests, .retryLater(nil)), (.serverError, .retryLater(nil)), (.serverTimeout, .retryLater(nil)),
            (.serviceUnavailable, .retryLater(nil)), (.timeout, .retryLater(nil)), (.unreachable, .retryLater(nil)),
            (.tls, .retryLater(nil)), (.credentials, .retryLater(nil)), (.decoding, .retryLater(nil)),
            (.unknown, .retryLater(nil)),
        ]
    )
    func disposition(code: APIError.Code, disposition: APIError.Disposition) {
        #expect(APIError(code, message: "").disposition == disposition)
    }

    @Test("The time to wait comes from the Status, or else from the header")
    func retryAfter() {
        let headers = HTTPHeaders([("retry-after", "7")])
        let plain = APIError(status: 429, headers: headers, body: [])
        #expect(plain.disposition == .retryLater(.seconds(7)))
        let status = ScriptedCall.status(429, reason: "TooManyRequests", message: "", details: ["retryAfterSeconds": 3])
        let detailed = APIError(status: 429, headers: headers, body: status.serialized())
        #expect(detailed.retryAfter == .seconds(3))
        let hostile = APIError(status: 429, headers: HTTPHeaders([("Retry-After", "9223372036854775807")]), body: [])
        #expect(hostile.retryAfter == .seconds(86_400))
        #expect(APIError(status: 429, headers: HTTPHeaders([("Retry-After", "-1")]), body: []).retryAfter == nil)
    }

    @Test(
        "Failures of the network are told apart",
        arguments: [
            (TransportError.Code.cannotConnect, APIError.Code.unreachable), (.timedOut, .timeout), (.tls, .tls),
            (.interrupted, .interrupted), (.badResponse, .decoding), (.tooLarge, .decoding),
            (.invalidURL, .badRequest), (.invalidRequest, .badRequest), (.system, .unknown),
        ]
    )
    func transport(code: TransportError.Code, expected: APIError.Code) {
        let error = APIError(TransportError(code, "m"))
        #expect(error.code == expected)
        #expect(error.status == nil)
    }

    @Test("A version beyond the server's is told by its cause, or by the words of old servers")
    func resourceVersionTooLarge() throws {
        let cause: JSON = ["causes": [["reason": "ResourceVersionTooLarge", "message": "Too large"]]]
        let body = ScriptedCall.status(504, reason: "Timeout", message: "x", details: cause)
        #expect(APIError(status: 504, headers: HTTPHeaders(), body: body.serialized()).isResourceVersionTooLarge)
        #expect(APIError(.timeout, message: "Too large resource version: 9, current: 3").isResourceVersionTooLarge)
        let etcd = "etcdserver: mvcc: required revision is a future revision"
        #expect(APIError(.serverError, status: 500, message: etcd).isResourceVersionTooLarge)
        #expect(!APIError(.serverError, status: 500, message: "etcdserver: no leader").isResourceVersionTooLarge)
        #expect(!APIError(.timeout, message: "slow").isResourceVersionTooLarge)
        #expect(!APIError(.invalid, message: "Too large resource version").isResourceVersionTooLarge)
    }

    @Test(
        "A patch for another object of the name is a conflict, other invalid changes are not",
        arguments: [("metadata.uid", APIError.Code.conflict), ("metadata.name", .invalid), ("", .invalid)]
    )
    func anotherUID(field: String, expected: APIError.Code) {
        let cause: JSON = ["causes": [["reason": "FieldValueInvalid", "message": "x", "field": .string(field)]]]
        let body = ScriptedCall.status(422, reason: "Invalid", message: "x", details: cause)
        #expect(APIError(status: 422, headers: HTTPHeaders(), body: body.serialized()).code == expected)
    }
}
