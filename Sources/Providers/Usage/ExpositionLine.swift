/// A line of the Prometheus text format, cut into its parts. What it says is not copied.
enum ExpositionLine {
    case help(family: String, text: ArraySlice<UInt8>)
    case type(family: String, text: ArraySlice<UInt8>)
    case sample(Sample)

    struct Sample {
        let name: ArraySlice<UInt8>
        /// In their order, values escaped as they were written.
        let labels: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)]
        /// What stands behind the labels: a space, the value, the time if there is one.
        let rest: ArraySlice<UInt8>
    }

    /// - Returns: nil for other comments, and for what is not of the format.
    init?(_ line: ArraySlice<UInt8>) {
        if line.first == UInt8(ascii: "#") {
            guard let comment = Self.comment(line) else { return nil }
            self = comment
        } else {
            guard let sample = Sample(line) else { return nil }
            self = .sample(sample)
        }
    }

    private static func comment(_ line: ArraySlice<UInt8>) -> ExpositionLine? {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count == 4, words[0].elementsEqual("#".utf8), !words[2].isEmpty else { return nil }
        let family = String(decoding: words[2], as: UTF8.self)
        if words[1].elementsEqual("HELP".utf8) { return .help(family: family, text: words[3]) }
        return words[1].elementsEqual("TYPE".utf8) ? .type(family: family, text: words[3]) : nil
    }
}

extension ExpositionLine.Sample {
    init?(_ line: ArraySlice<UInt8>) {
        guard let end = line.firstIndex(where: { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: " ") }),
            end > line.startIndex
        else { return nil }
        name = line[..<end]
        guard line[end] == UInt8(ascii: "{") else {
            (labels, rest) = ([], line[end...])
            return
        }
        var labels: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] = []
        var place = end + 1
        while place < line.endIndex, line[place] != UInt8(ascii: "}") {
            guard let label = Self.label(in: line, at: &place) else { return nil }
            labels.append(label)
            if place < line.endIndex, line[place] == UInt8(ascii: ",") { place += 1 }
        }
        rest = line[min(place + 1, line.endIndex)...]
        guard rest.first == UInt8(ascii: " ") else { return nil }
        self.labels = labels
    }

    /// Reads `name="value"` and leaves the place behind it.
    private static func label(
        in line: ArraySlice<UInt8>,
        at place: inout Int
    ) -> (name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)? {
        guard let equals = line[place...].firstIndex(of: UInt8(ascii: "=")), equals + 1 < line.endIndex,
            line[equals + 1] == UInt8(ascii: "\"")
        else { return nil }
        let start = equals + 2
        var end = start
        while end < line.endIndex, line[end] != UInt8(ascii: "\"") { end += line[end] == UInt8(ascii: "\\") ? 2 : 1 }
        guard end < line.endIndex else { return nil }
        defer { place = end + 1 }
        return (line[place..<equals], line[start..<end])
    }

    /// The value of a label, as it was written.
    func value(of label: String) -> ArraySlice<UInt8>? {
        labels.first { $0.name.elementsEqual(label.utf8) }?.value
    }

    /// The number, and the time in seconds since 1970 if it is there; nil for what is not of the format.
    var reading: (value: Double, time: Double?)? {
        let words = rest.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard let first = words.first, let value = Double(String(decoding: first, as: UTF8.self)) else { return nil }
        guard words.count > 1 else { return (value, nil) }
        guard words.count == 2, let time = Int64(String(decoding: words[1], as: UTF8.self)) else { return nil }
        return (value, Double(time) / 1000)
    }
}
