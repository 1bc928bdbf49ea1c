extension String {
    /// The text as one line that does nothing to a terminal: line ends and tabs are spaces, other control characters, which
    /// could move its cursor or worse, are replaced. What remotes say is not ours to trust.
    package var plainLine: String {
        guard unicodeScalars.contains(where: Self.isControl) else { return self }
        var line = UnicodeScalarView()
        for scalar in unicodeScalars {
            guard Self.isControl(scalar) else {
                line.append(scalar)
                continue
            }
            line.append(["\n", "\r", "\t"].contains(scalar) ? " " : "\u{FFFD}")
        }
        return String(line)
    }

    /// C0 and C1, and what turns the direction of writing.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
