internal import KubeModel

/// The lines of an explanation for a person. Pure.
struct ExplanationLines {
    /// Since 1970, by the clock of the origin.
    let now: Duration

    /// A title before the first line, and the others below it.
    static func section(_ title: String, _ lines: [String]) -> [String] {
        let width = 14
        return lines.enumerated().map { index, line in
            let head = index == 0 ? title : ""
            return head + String(repeating: " ", count: width - head.count) + line
        }
    }

    /// An event: when, how often, and its words.
    func event(_ event: JSON) -> String {
        let count = event["count"]?.int ?? 1
        let time = event["lastTime"]?.string ?? event["lastTimestamp"]?.string ?? event["eventTime"]?.string
        let often = count > 1 ? " (\(count) times)" : ""
        return "\(event["type"]?.string ?? "") \(AgeText.since(time, now: now)) ago\(often) \(Self.words(event))"
    }

    /// When an event was last seen (RFC 3339).
    static func time(_ event: JSON) -> String {
        event["lastTimestamp"]?.string ?? event["eventTime"]?.string ?? ""
    }

    /// The reason and the message of a thing that has both.
    static func words(_ json: JSON) -> String {
        PodVerdict.said(json["reason"]?.string, json["message"]?.string)
    }
}
