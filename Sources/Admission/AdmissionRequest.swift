internal import FoundationEssentials
internal import KubeModel

/// What an API server asks about one object (admission.k8s.io/v1 AdmissionReview).
struct AdmissionRequest: Sendable {
    private static let apiVersion = "admission.k8s.io/v1"
    private static let kind = "AdmissionReview"

    /// To be said again with the answer.
    let uid: UID
    let user: String
    let namespace: String
    /// The pod that is being made; nil if the request is about anything else.
    let pod: JSON?

    /// - Throws: ``AdmissionFailure`` for a body that is no review.
    init(_ body: [UInt8]) throws(AdmissionFailure) {
        let review: JSON
        do {
            review = try JSON.parse(body)
        } catch {
            throw AdmissionFailure(400, "the body is no \(Self.kind): \(error)")
        }
        guard review["apiVersion"]?.string == Self.apiVersion, review["kind"]?.string == Self.kind else {
            throw AdmissionFailure(400, "the body is no \(Self.kind) of \(Self.apiVersion)")
        }
        guard let request = review["request"], let uid = request["uid"]?.string, !uid.isEmpty else {
            throw AdmissionFailure(400, "the \(Self.kind) has no request with a uid")
        }
        self.uid = uid
        user = request.at("userInfo", "username")?.string ?? ""
        namespace = request["namespace"]?.string ?? ""
        guard request["operation"]?.string == "CREATE", Self.isPod(request) else {
            pod = nil
            return
        }
        guard let object = request["object"], object.object != nil else {
            throw AdmissionFailure(400, "the \(Self.kind) has no pod in its request")
        }
        pod = object
    }

    private static func isPod(_ request: JSON) -> Bool {
        let resource = request["resource"]
        return (resource?["group"]?.string ?? "").isEmpty && resource?["version"]?.string == "v1"
            && resource?["resource"]?.string == "pods" && (request["subResource"]?.string ?? "").isEmpty
    }

    /// The review with its answer.
    func answer(_ verdict: AdmissionVerdict) -> JSON {
        var response: JSON = ["uid": .string(uid)]
        switch verdict {
        case .allowed(let patch):
            response["allowed"] = .bool(true)
            if !patch.isEmpty {
                let document = Data(JSONPatch.document(patch).serialized())
                response["patchType"] = .string("JSONPatch")
                response["patch"] = .string(document.base64EncodedString())
            }
        case .denied(let message):
            response["allowed"] = .bool(false)
            response["status"] = ["code": 403, "reason": "Forbidden", "message": .string(message)]
        }
        return ["apiVersion": .string(Self.apiVersion), "kind": .string(Self.kind), "response": response]
    }
}

/// Why a request has no verdict, as the status and the text of the answer.
struct AdmissionFailure: Error, Equatable {
    let status: Int
    let message: String

    init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }
}
