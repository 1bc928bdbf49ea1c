import KubeModel

/// Times as HTTP headers have them (RFC 9110, section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT").
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Seconds since 1970; nil if it is not a time. The obsolete forms are not read: no server of our time writes them.
    static func parse(_ text: String) -> Double? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        let number = month + 1
        return Timestamp.parse("\(words[3])-\(number < 10 ? "0" : "")\(number)-\(words[1])T\(words[4])Z")
    }
}
