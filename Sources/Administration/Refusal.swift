/// Why a command does not do what it was asked for, and what to do instead. Nothing was changed by it.
package struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
