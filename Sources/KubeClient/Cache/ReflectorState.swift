/// Whether a reflector gets through, for whoever tells a cluster's health.
package enum ReflectorState: Sendable, Equatable {
    /// A list was answered or a watch was opened.
    case connected
    /// The last attempt failed, the `consecutive`th since one got through.
    case failing(APIError, consecutive: Int)
}
