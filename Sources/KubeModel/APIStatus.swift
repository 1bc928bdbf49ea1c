/// The answer of an API server that is not an object (`metav1.Status`): usually why a call failed.
package struct APIStatus: Sendable, Equatable {
    /// "Success" or "Failure".
    package let status: String
    /// The HTTP status; 0 if the server left it out.
    package let code: Int
    /// For machines ("NotFound", "AlreadyExists", "Expired"); empty if the server left it out.
    package let reason: String
    /// For people.
    package let message: String
    package let details: Details

    /// What the failure is about.
    package struct Details: Sendable, Equatable {
        package let group: String
        /// The resource ("pods"), whatever the name of the field says.
        package let kind: String
        package let name: String
        package let uid: UID
        package let retryAfterSeconds: Int?
        package let causes: [Cause]
    }

    /// One of several things that are wrong with an object.
    package struct Cause: Sendable, Equatable {
        /// For machines ("FieldValueInvalid", "ResourceVersionTooLarge").
        package let reason: String
        package let message: String
        /// The path in the object ("spec.containers[0].image").
        package let field: String
    }

    package var retryAfterSeconds: Int? { details.retryAfterSeconds }

    /// Nil for bytes that are no `Status`: whoever answers by way of an API server has words of his own.
    package init?(_ bytes: [UInt8]) {
        guard let json = try? JSON.parse(bytes) else { return nil }
        self.init(json: json)
    }

    /// Nil unless the object's kind is `Status`.
    package init?(json: JSON) {
        guard json["kind"]?.string == "Status" else { return nil }
        status = json["status"]?.string ?? ""
        code = json["code"]?.int.flatMap(Int.init(exactly:)) ?? 0
        reason = json["reason"]?.string ?? ""
        message = json["message"]?.string ?? ""
        details = Details(json["details"] ?? [:])
    }
}

extension APIStatus.Details {
    fileprivate init(_ json: JSON) {
        group = json["group"]?.string ?? ""
        kind = json["kind"]?.string ?? ""
        name = json["name"]?.string ?? ""
        uid = json["uid"]?.string ?? ""
        retryAfterSeconds = json["retryAfterSeconds"]?.int.flatMap(Int.init(exactly:))
        causes = json["causes"]?.array?.map(APIStatus.Cause.init) ?? []
    }
}

extension APIStatus.Cause {
    fileprivate init(_ json: JSON) {
        reason = json["reason"]?.string ?? ""
        message = json["message"]?.string ?? ""
        field = json["field"]?.string ?? ""
    }
}
