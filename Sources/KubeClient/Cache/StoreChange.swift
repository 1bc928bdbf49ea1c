package import KubeModel

/// What changed in a store: an object came (`old` is nil), went (`new` is nil) or is another one now.
package struct StoreChange<Object: KubeObject>: Sendable {
    /// How the store learned of it.
    package enum Source: Sendable {
        /// A list: the change itself may be old, and states in between were missed.
        case list
        case watch
        /// The server's answer to a call of ours.
        case answer
    }

    package let old: Object?
    package let new: Object?
    package let source: Source

    package init(old: Object?, new: Object?, source: Source) {
        self.old = old
        self.new = new
        self.source = source
    }
}
