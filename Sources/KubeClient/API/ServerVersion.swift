import KubeModel

/// What an API server says of itself at `/version`.
package struct ServerVersion: Sendable, Hashable {
    /// The release ("v1.20.2").
    package let gitVersion: String
    /// Digits, on some clouds followed by `+`.
    package let major: String
    package let minor: String

    /// How long the server took to answer, the way there and back included, a new connection not.
    package let answeredIn: Duration
    /// The server's clock when it answered, in whole seconds since 1970; nil where it does not tell.
    package let date: Double?

    init(json: JSON, answeredIn: Duration, date: Double? = nil) {
        self.answeredIn = answeredIn
        self.date = date
        gitVersion = json["gitVersion"]?.string ?? ""
        major = json["major"]?.string ?? ""
        minor = json["minor"]?.string ?? ""
    }
}
