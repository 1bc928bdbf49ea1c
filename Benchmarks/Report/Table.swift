import Foundation

/// A table of text for people: a Markdown table whose columns line up, so that it can go into a document as it is.
struct Table {
    let header: [String]
    var rows: [[String]] = []

    var text: String {
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        let rule = widths.map { String(repeating: "-", count: $0) }
        return ([header, rule] + rows).map { line($0, widths) }.joined(separator: "\n")
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = zip(cells, widths).map { cell, width in
            cell + String(repeating: " ", count: width - cell.count)
        }
        return "| " + padded.joined(separator: " | ") + " |"
    }

    static func seconds(_ value: Double?) -> String { number(value, digits: 2) }

    static func ratio(_ value: Double?) -> String { number(value, digits: 2) }

    static func milliseconds(_ seconds: Double?) -> String { number(seconds.map { $0 * 1000 }, digits: 0) }

    static func mebibytes(_ bytes: Int64) -> String { number(Double(bytes) / 1_048_576, digits: 1) }

    static func kibibytes(_ bytes: Double?) -> String { number(bytes.map { $0 / 1024 }, digits: 1) }

    static func number(_ value: Double?, digits: Int) -> String {
        value.map { String(format: "%.\(digits)f", $0) } ?? "-"
    }
}
