import KubeModel

/// What an API server says of itself at `/version`.
package struct ServerVersion: Sendable, Hashable {
    /// The release ("v1.20.2").
    package let gitVersion: String
    /// Digits, on some clouds followed by `+`.
    package let major: String
    package let minor: String

    init(json: JSON) {
        gitVersion = json["gitVersion"]?.string ?? ""
        major = json["major"]?.string ?? ""
        minor = json["minor"]?.string ?? ""
    }
}
