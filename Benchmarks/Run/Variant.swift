/// The ways in which the Deployment is run.
enum Variant: String, Sendable, CaseIterable {
    /// (a) applied in the remote itself.
    case direct
    /// (b) applied in the origin, with martlet.
    case martlet
    /// (c) applied in the origin, with the bare client in martlet's place.
    case bare
}
