/// A place in a YAML text, counted from 1, in lines and characters.
struct YAMLMark: Sendable, Hashable {
    let line: Int
    let column: Int

    static let start = YAMLMark(line: 1, column: 1)
}
