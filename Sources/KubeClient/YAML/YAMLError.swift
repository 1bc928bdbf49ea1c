/// Why a text cannot be read as YAML, and where. Never contains values of the text, which may be secrets.
package struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What the caller named the text; nil if it has no name.
    package let file: String?
    /// Counted from 1; nil if the text as a whole is meant.
    package let line: Int?
    /// Counted from 1, in characters.
    package let column: Int?
    package let message: String

    package var description: String {
        let place = [file, line.map(String.init), column.map(String.init)].compactMap(\.self)
        return place.isEmpty ? message : place.joined(separator: ":") + ": " + message
    }
}
