/// Rows of text in aligned columns, as kubectl prints them: three spaces between columns, the last one as long as it is.
/// Rows that come later are aligned with those before, as far as they fit.
package struct AlignedRows: Sendable {
    private let header: [String]
    private var widths: [Int]

    package init(header: [String]) {
        self.header = header
        widths = header.map(\.count)
    }

    /// Lines for these rows.
    ///
    /// - Parameter isFirst: whether the header stands above them.
    package mutating func lines(_ texts: [[String]], isFirst: Bool) -> [String] {
        let rows = texts.map { $0.map(\.plainLine) }
        for row in rows {
            for (column, text) in row.enumerated() { widths[column] = max(widths[column], text.count) }
        }
        return (isFirst ? [header] : []).map(line) + rows.map(line)
    }

    private func line(_ cells: [String]) -> String {
        let padded = zip(cells, widths).dropLast().map { cell, width in
            cell + String(repeating: " ", count: max(0, width - cell.count))
        }
        return (padded + cells.suffix(1)).joined(separator: "   ")
    }
}
