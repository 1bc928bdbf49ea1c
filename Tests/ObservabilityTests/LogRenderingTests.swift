import Glibc
import Observability
import Testing

@Suite struct LogRenderingTests {
    private func record(_ level: Logger.Level = .info, _ metadata: [String: String] = [:]) -> LogRecord {
        LogRecord(
            time: .seconds(1_704_164_645) + .microseconds(1234),
            level: level,
            label: "pods",
            message: "Created pod",
            metadata: metadata,
            file: "Sync.swift",
            line: 12
        )
    }

    @Test("Text looks like klog, with keys in order")
    func text() {
        let line = Logger.Format.text.render(record(.info, ["pod": "ns/web", "node": "us-east"]))
        let head = "I0102 03:04:05.001234 \(getpid()) Sync.swift:12] "
        #expect(line == head + #""Created pod" logger="pods" node="us-east" pod="ns/web""#)
    }

    @Test("JSON has its own keys first, with the time in milliseconds")
    func json() {
        let line = Logger.Format.json.render(record(.error, ["pod": "ns/web", "n": "1"]))
        let head = #"{"ts":1704164645001.234,"level":"error","logger":"pods","msg":"Created pod","#
        #expect(line == head + #""caller":"Sync.swift:12","n":"1","pod":"ns/web"}"#)
    }

    @Test(
        "Each level has its letter",
        arguments: [(Logger.Level.trace, "T"), (.debug, "D"), (.info, "I"), (.warning, "W"), (.error, "E")]
    )
    func letters(level: Logger.Level, letter: String) {
        #expect(Logger.Format.text.render(record(level)).hasPrefix(letter + "0102 "))
    }

    @Test(
        "No value can end its quotes or its line",
        arguments: [
            ("a\"b", #"a\"b"#), ("a\\b", #"a\\b"#), ("a\nI0102 b", #"a\nI0102 b"#), ("a\r\nb", #"a\r\nb"#),
            ("tab\t", #"tab\t"#), ("\u{1B}[31m", #"\u001b[31m"#), ("\0", #"\u0000"#), ("\u{7F}", #"\u007f"#),
            ("\u{85}", #"\u0085"#), ("\u{2028}", #"\u2028"#), ("\u{202E}", #"\u202e"#), ("grüße 🐦", "grüße 🐦"),
        ],
        Logger.Format.allCases
    )
    func escaping(value: (String, String), format: Logger.Format) {
        let line = format.render(record(.info, ["key": value.0]))
        let expected = format == .text ? " key=\"\(value.1)\"" : ",\"key\":\"\(value.1)\"}"
        #expect(line.hasSuffix(expected))
        let lines = line.split(whereSeparator: \.isNewline)
        #expect(lines.count == 1)
    }

    @Test("Metadata cannot give a JSON line one of its own keys twice")
    func reservedKeys() {
        let line = Logger.Format.json.render(record(.info, ["msg": "other"]))
        #expect(line.hasSuffix(#","metadata.msg":"other"}"#))
    }

    @Test("A key in text cannot pass for something else")
    func keys() {
        let line = Logger.Format.text.render(record(.info, ["a b=\"c\"\n": "1"]))
        #expect(line.hasSuffix(#" a_b__c__="1""#))
    }
}
