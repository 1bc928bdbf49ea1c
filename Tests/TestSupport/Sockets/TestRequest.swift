/// A request as a server got it.
package struct TestRequest: Sendable {
    /// "GET /path HTTP/1.1"
    package let line: String
    /// "Name: value"
    package let fields: [String]
    package let body: [UInt8]
    /// The bytes of all of it.
    package let size: Int

    /// - Returns: nil as long as bytes are missing.
    package init?(_ bytes: [UInt8]) {
        let separator = Array("\r\n\r\n".utf8)
        guard let end = bytes.firstRange(of: separator) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n").map(String.init)
        line = lines.first ?? ""
        fields = Array(lines.dropFirst())
        let length =
            fields.first { $0.lowercased().hasPrefix("content-length:") }.flatMap { Int($0.dropFirst(16)) } ?? 0
        guard bytes.count >= end.upperBound + length else { return nil }
        body = Array(bytes[end.upperBound...].prefix(length))
        size = end.upperBound + length
    }

    package func value(of name: String) -> String? {
        let prefix = name.lowercased() + ":"
        return fields.first { $0.lowercased().hasPrefix(prefix) }.map {
            String($0.dropFirst(prefix.count).drop { $0 == " " })
        }
    }
}
