package import KubeModel

/// How an object is to go (`metav1.DeleteOptions`).
package struct DeleteOptions: Sendable, Equatable {
    /// What becomes of the objects that the deleted one owns.
    package enum Propagation: String, Sendable {
        case background = "Background"
        case foreground = "Foreground"
        case orphan = "Orphan"
    }

    /// Nil leaves it to the object; 0 removes it at once.
    package var gracePeriodSeconds: Int64?
    /// The server answers 409 if the object there has another UID.
    package var uid: UID?
    /// The server answers 409 if the object there has another version.
    package var resourceVersion: String?
    package var propagation: Propagation?

    package init(
        gracePeriodSeconds: Int64? = nil,
        uid: UID? = nil,
        resourceVersion: String? = nil,
        propagation: Propagation? = nil
    ) {
        self.gracePeriodSeconds = gracePeriodSeconds
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.propagation = propagation
    }

    /// The body of the DELETE call.
    package var json: JSON {
        var json: JSON = ["apiVersion": "v1", "kind": "DeleteOptions"]
        json["gracePeriodSeconds"] = gracePeriodSeconds.map(JSON.int)
        var preconditions = JSONObject()
        preconditions["uid"] = uid.map(JSON.string)
        preconditions["resourceVersion"] = resourceVersion.map(JSON.string)
        if !preconditions.isEmpty { json["preconditions"] = .object(preconditions) }
        json["propagationPolicy"] = propagation.map { .string($0.rawValue) }
        return json
    }
}
