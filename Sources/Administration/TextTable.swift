/// Rows under a heading, each column as wide as its widest cell, as kubectl prints them.
package struct TextTable: Sendable {
    private static let gap = 3

    private let rows: [[String]]

    /// - Parameter rows: with as many cells as the heading has.
    package init(_ heading: [String], _ rows: [[String]]) {
        self.rows = [heading] + rows
    }

    /// Lines without a newline at the end. The last column is not padded.
    package var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            row.enumerated().map { column, cell in
                let padding = column + 1 < row.count ? widths[column] + Self.gap - cell.count : 0
                return cell + String(repeating: " ", count: padding)
            }.joined()
        }.joined(separator: "\n")
    }
}
