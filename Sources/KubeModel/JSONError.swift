/// Why bytes are not one JSON value.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, in the parser's words; never any of the input, which may be secret.
    package let message: String

    package init(message: String) {
        self.message = message
    }

    package var description: String { "invalid JSON: \(message)" }
}
