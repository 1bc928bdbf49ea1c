/// Rows under a heading, each column as wide as its widest cell, as kubectl prints them.
package struct TextTable: Sendable {
    private let heading: [String]
    private let rows: [[String]]

    /// - Parameter rows: with as many cells as the heading has.
    package init(_ heading: [String], _ rows: [[String]]) {
        self.heading = heading
        self.rows = rows
    }

    /// Lines without a newline at the end. The last column is not padded.
    package var text: String {
        var table = AlignedRows(header: heading)
        return table.lines(rows, isFirst: true).joined(separator: "\n")
    }
}
