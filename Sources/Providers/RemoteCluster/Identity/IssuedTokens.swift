/// Tokens of the origin for one pod, as they go into its Secret. They print as nothing.
struct IssuedTokens: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// In the order of the ``TokenOrder``.
    let tokens: [String]
    /// The PEM bundle to trust for the origin's API server.
    let authority: String
    /// The pod's namespace in the origin.
    let namespace: String
    /// When they are to be renewed: time since 1970, by our clock.
    let refreshAt: Duration

    var description: String { "<redacted>" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}
