/// A value that nobody may see: it prints as nothing but the fact that it is there, also in dumps and reflections.
package struct Secret<Value: Sendable & Hashable>: Sendable, Hashable {
    /// The value itself; only for those who put it on the wire.
    package let value: Value

    package init(_ value: Value) {
        self.value = value
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
