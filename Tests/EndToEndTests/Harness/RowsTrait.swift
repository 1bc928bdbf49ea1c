import Testing

/// Names the rows of the mission's capability table that a test shows; printed when it fails.
struct RowsTrait: TestTrait {
    let rows: [Int]

    var comments: [Comment] {
        [Comment(rawValue: "shows " + rows.map { "row \($0)" }.joined(separator: ", "))]
    }
}

extension Trait where Self == RowsTrait {
    static func rows(_ rows: Int...) -> RowsTrait { RowsTrait(rows: rows) }
}
