/// A value that nobody may see: it prints as nothing but the fact that it is there, also in dumps and reflections.
struct Secret<Value: Sendable & Hashable>: Sendable, Hashable {
    /// The value itself; only for those who put it on the wire.
    let value: Value

    init(_ value: Value) {
        self.value = value
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "<redacted>" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}
